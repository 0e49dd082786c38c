// Returns the message that logs the bot in. The resource f/bot/discord is {"token": "…"}.
const GUILDS = 1 << 0;
const GUILD_MESSAGES = 1 << 9;
const MESSAGE_CONTENT = 1 << 15;

export async function main(discord: { token: string }) {
  return {
    op: 2,
    d: {
      token: discord.token,
      intents: GUILDS | GUILD_MESSAGES | MESSAGE_CONTENT,
      properties: { os: "linux", browser: "earshot", device: "earshot" },
    },
  };
}
