// With a preprocessor, main gets the arguments it asks for, and can be run and tested without any WebSocket.
export async function preprocessor(event: { kind: "websocket"; msg: string; url: string }) {
  if (event.kind !== "websocket") throw new Error(`Expected a websocket event, got ${event.kind}`);
  const message = JSON.parse(event.msg);
  return { message_content: message.content, url: event.url };
}

export async function main(message_content: string, url: string) {
  return `${url} said: ${message_content}`;
}
