# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person writes with Python and websockets for the bench's job: python3 client.py URL"""

import asyncio
import json
import sys

import websockets


def main(order):
    return {"id": order["id"], "total": order["quantity"] * order["price"]}


async def listen(url):
    async with websockets.connect(url, compression=None, max_size=None) as socket:
        async for text in socket:
            message = json.loads(text)
            if message["type"] == "order":
                result = main(message)
                if result is not None:
                    await socket.send(json.dumps(result))


asyncio.run(listen(sys.argv[1]))
