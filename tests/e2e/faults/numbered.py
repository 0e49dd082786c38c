# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that numbers its messages, so that a lost or doubled one shows."""

import asyncio
import json

import websockets

from lib.servers import LoopThread

BURST = 10
PAUSE = 0.005
WINDOW = 30


class NumberedServer:
    """Sends {"type":"order","n":1}, 2, 3 … while a client is there and the gate is open.

    A reply {"id":n} counts. A connection has at most WINDOW messages without their replies, so that
    no more than these can be with the script at any time. What was on its way to a client that died was never accepted: go_on(n)
    sets the number it starts from again.
    """

    def __init__(self):
        self.next = 1
        self.highest_reply = 0
        self.replies = 0
        self.connections = 0
        self.loop = LoopThread()
        self._gate = self.loop.do(self._start())

    async def _start(self):
        gate = asyncio.Event()
        self._server = await websockets.serve(
            self._serve, "127.0.0.1", 0, compression=None, ping_interval=None, max_queue=None
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return gate

    @property
    def url(self):
        return f"ws://127.0.0.1:{self.port}/"

    async def _serve(self, socket):
        self.connections += 1
        room = asyncio.Semaphore(WINDOW)
        sender = asyncio.create_task(self._send(socket, room))
        try:
            async for message in socket:
                self.replies += 1
                room.release()
                self.highest_reply = max(self.highest_reply, json.loads(message)["id"])
        except websockets.ConnectionClosed:
            pass
        finally:
            sender.cancel()

    async def _send(self, socket, room):
        try:
            while True:
                await self._gate.wait()
                for _ in range(BURST):
                    await room.acquire()
                    await self._gate.wait()
                    number, self.next = self.next, self.next + 1
                    await socket.send(json.dumps({"type": "order", "n": number}))
                await asyncio.sleep(PAUSE)
        except websockets.ConnectionClosed:
            pass

    def go_on(self, number=None):
        async def open_gate():
            if number is not None:
                self.next = number
            self._gate.set()

        self.loop.do(open_gate())

    def hold(self):
        async def close_gate():
            self._gate.clear()

        self.loop.do(close_gate())

    def close(self):
        async def shut():
            self._server.close()
            await self._server.wait_closed()

        self.loop.do(shut())
        self.loop.stop()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()
