#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""An echo server on Python's websockets library: echo.py [--port N]

Greets with {"type":"hello","number":1}, then answers {"type":"echo","of":<text>} to each message, once per message. The first line
printed has the URL; each received message is printed too. Ends when stdin ends. The path decides what else it does:
  /close/CODE   closes with CODE after the greeting
  /count/N      sends {"type":"order","number":1} to N at once after the greeting
"""

import argparse
import asyncio
import json
import sys

import websockets


def say(**line):
    print(json.dumps(line), flush=True)


async def serve(socket, path="/"):
    parts = socket.path.strip("/").split("/")
    say(event="connected", path=socket.path)
    await socket.send(json.dumps({"type": "hello", "number": 1}))
    if parts[0] == "close":
        await socket.close(int(parts[1]), "asked for")
        return
    if parts[0] == "count":
        for number in range(1, int(parts[1]) + 1):
            await socket.send(json.dumps({"type": "order", "number": number}))
    try:
        async for message in socket:
            text = message if isinstance(message, str) else message.hex()
            say(event="message", text=text, binary=not isinstance(message, str))
            await socket.send(json.dumps({"type": "echo", "of": text}))
    except websockets.ConnectionClosed as closed:
        say(event="closed", code=closed.code)


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    async with websockets.serve(serve, "127.0.0.1", port, max_size=None) as server:
        say(event="listening", url=f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


asyncio.run(main())
