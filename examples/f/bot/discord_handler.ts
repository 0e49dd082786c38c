// Runs for each message in a channel. "!status TEXT" becomes the bot's presence: the answer goes over the socket.
type Created = { t: "MESSAGE_CREATE"; d: { content: string; author: { username: string; bot?: boolean } } };

export async function main(msg: string) {
  const { d: message }: Created = JSON.parse(msg);
  console.log(`${message.author.username}: ${message.content}`);
  const status = message.content.match(/^!status (.{1,100})/)?.[1];
  if (!status) return null; // null: nothing is sent
  return {
    op: 3,
    d: { since: null, activities: [{ name: "status", type: 4, state: status }], status: "online", afk: false },
  };
}
