// Runs for every message of the server. `msg` is the message as text.
export async function main(msg: string) {
  console.log("received", msg);
  // do something with the message

  // What main returns is sent back when the trigger sends results.
  return null;
}
