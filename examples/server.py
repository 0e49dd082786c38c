#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shop to listen to: ws://127.0.0.1:8765 (server.py [PORT]). Needs Python's websockets library."""

import asyncio
import itertools
import json
import random
import sys

import websockets

ITEMS = ["tea", "bread", "honey", "soap"]


async def shop(socket, path="/"):
    async def hear():
        async for message in socket:
            print("heard:", message, flush=True)

    hearing = asyncio.create_task(hear())
    try:
        for number in itertools.count(1):
            if number % 3 == 0:
                message = {"type": "remark", "text": "nice weather today"}
            else:
                message = {"type": "order", "id": number, "item": random.choice(ITEMS), "quantity": random.randint(1, 9)}
            await socket.send(json.dumps(message))
            await asyncio.sleep(0.5)
    except websockets.ConnectionClosed:
        pass
    finally:
        hearing.cancel()


async def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    async with websockets.serve(shop, "127.0.0.1", port):
        print(f"the shop is open: ws://127.0.0.1:{port}", flush=True)
        await asyncio.Future()


try:
    asyncio.run(main())
except KeyboardInterrupt:
    pass
