// Returns a message to send when the connection is open: text, or an object that is sent as JSON.
export async function main() {
  return { type: "subscribe", channel: "orders" };
}
