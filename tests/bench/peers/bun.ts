// SPDX-License-Identifier: GPL-3.0-or-later
// What a person writes with Bun for the bench's job: bun bun.ts URL
function main(order: { id: number; quantity: number; price: number }) {
  return { id: order.id, total: order.quantity * order.price };
}

const socket = new WebSocket(process.argv[2]);
socket.onmessage = async (event) => {
  const message = JSON.parse(event.data);
  if (message.type !== "order") return;
  const result = await main(message);
  if (result !== null) socket.send(JSON.stringify(result));
};
socket.onclose = () => process.exit(0);
