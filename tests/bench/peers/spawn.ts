// SPDX-License-Identifier: GPL-3.0-or-later
// A supervisor by hand: a fresh process for each message, which reads it on stdin and prints the result.
//   bun spawn.ts URL COMMAND [ARGUMENT…]
const [url, ...command] = process.argv.slice(2);
const socket = new WebSocket(url);
socket.onmessage = async (event) => {
  const message = JSON.parse(event.data);
  if (message.type !== "order") return;
  const child = Bun.spawn(command, { stdin: new Blob([event.data]), stdout: "pipe" });
  const result = await new Response(child.stdout).text();
  if (result.trim() !== "null") socket.send(result.trim());
};
socket.onclose = () => process.exit(0);
