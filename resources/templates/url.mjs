// Returns the URL to connect to. It runs before every connection, so a token in it is always fresh.
export async function main() {
  const token = "…"; // fetch a token here
  return `wss://example.com/stream?token=${encodeURIComponent(token)}`;
}
