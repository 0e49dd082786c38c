// SPDX-License-Identifier: GPL-3.0-or-later
// What a person writes with Node and ws for the bench's job: node node.mjs URL
import { createRequire } from "node:module";
const { WebSocket } = createRequire(new URL("../../tools/package.json", import.meta.url))("ws");

function main(order) {
  return { id: order.id, total: order.quantity * order.price };
}

const socket = new WebSocket(process.argv[2], { perMessageDeflate: false });
socket.on("message", async (data) => {
  const message = JSON.parse(data);
  if (message.type !== "order") return;
  const result = await main(message);
  if (result !== null) socket.send(JSON.stringify(result));
});
socket.on("close", () => process.exit(0));
