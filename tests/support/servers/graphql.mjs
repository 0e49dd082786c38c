// SPDX-License-Identifier: GPL-3.0-or-later
// GraphQL subscriptions over graphql-ws and ws, two libraries as people deploy them:
//   node graphql.mjs [--port N] [--token T]
// Speaks the subprotocol graphql-transport-ws only. Prints one JSON object per line, the first with the URL, then what clients do;
// ends when stdin ends. With a token, connection_init must carry it as payload.token, else the server closes with 4403.
//   subscription { ticks(count: 5, interval_ms: 10) { number text } }
import { createRequire } from "node:module";

const require = createRequire(new URL("../../tools/package.json", import.meta.url));
const { WebSocketServer } = require("ws");
const { buildSchema } = require("graphql");
const { useServer } = require("graphql-ws/use/ws");

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
// Returns nothing: what a hook of useServer returns has a meaning there.
const say = (line) => void process.stdout.write(JSON.stringify(line) + "\n");
const token = option("--token");

const schema = buildSchema(`
  type Query { version: String }
  type Tick { number: Int! text: String! }
  type Subscription { ticks(count: Int = 3, interval_ms: Int = 10): Tick! }
`);

const roots = {
  query: { version: "1" },
  subscription: {
    async *ticks({ count, interval_ms }) {
      for (let number = 1; number <= count; number++) {
        await new Promise((resolve) => setTimeout(resolve, interval_ms));
        yield { ticks: { number, text: `tick ${number} – größer` } };
      }
    },
  },
};

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(option("--port") ?? 0),
  path: "/graphql",
});
useServer(
  {
    schema,
    roots,
    onConnect: (context) => {
      say({ event: "connected", payload: context.connectionParams ?? null });
      return token === undefined || context.connectionParams?.token === token;
    },
    onSubscribe: (_context, id, payload) => say({ event: "subscribed", id, query: payload.query }),
    onComplete: (_context, id) => say({ event: "completed", id }),
    onDisconnect: (_context, code, reason) => say({ event: "disconnected", code, reason }),
  },
  server,
);
server.on("listening", () =>
  say({ event: "listening", url: `ws://127.0.0.1:${server.address().port}/graphql` }),
);
process.stdin.on("end", () => process.exit(0)).resume();
