// Earshot calls main(msg) for every order; what it returns is sent back to the shop.
export async function main(msg: string) {
  const order = JSON.parse(msg);
  console.log(`packing ${order.quantity} × ${order.item}`);
  return { order: order.id, status: "packed", thanks: `Enjoy your ${order.item}!` };
}
