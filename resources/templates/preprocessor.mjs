// Runs first: makes the arguments of main out of the event.
export async function preprocessor(event) {
  if (event.kind !== "websocket") {
    throw new Error(`Expected a websocket event, not ${event.kind}`);
  }

  // assuming the message is a JSON object
  const msg = JSON.parse(event.msg);

  // what main is called with: let us assume it wants the message's content and the URL
  return {
    message_content: msg.content,
    url: event.url,
  };
}

export async function main(message_content, url) {
  console.log("received", message_content, "from", url);
  // do something with the message content and the URL
  return null;
}
