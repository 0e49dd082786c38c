// SPDX-License-Identifier: GPL-3.0-or-later
// The job of the bench, as an Earshot script: the message is text, the result is sent back.
export function main(msg: string) {
  const order = JSON.parse(msg);
  return { id: order.id, total: order.quantity * order.price };
}
