// The message arrives as text. What main returns is sent back to the server when the trigger says so.
type Order = { type: "order"; id: number; item: string; quantity: number };

const prices: Record<string, number> = { tea: 4, bread: 3, honey: 7, soap: 2 };

export async function main(msg: string) {
  const order: Order = JSON.parse(msg);
  const price = prices[order.item];
  if (price === undefined) throw new Error(`we do not sell ${order.item}`);
  console.log(`order ${order.id}: ${order.quantity} × ${order.item}`);
  return { type: "bill", id: order.id, total: order.quantity * price };
}
