# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers on loopback that do what a test tells them: WebSocket, CONNECT proxy."""

import asyncio
import base64
import http
import ssl
import threading
import time

import websockets
from websockets.legacy.server import WebSocketServerProtocol

from lib.waiting import DEADLINE, wait_until


class LoopThread:
    """An asyncio loop in a thread, for tests that are not asynchronous."""

    def __init__(self):
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def do(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(DEADLINE)

    def stop(self):
        self.do(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE)
        self._loop.close()

    async def _cancel_all(self):
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class Connection:
    """One client of a ScriptedServer. Its functions may be called from the test's thread."""

    def __init__(self, server, socket):
        self._server = server
        self._socket = socket
        self.path = socket.path
        self.headers = socket.request_headers
        self.received = []  # str or bytes, as they came
        self.times = []  # when, on the monotonic clock
        self.opened_at = time.monotonic()
        self.closed = False
        self.close_code = None

    def send(self, *messages):
        """Text (str), binary (bytes) or fragments (list) in this order."""

        async def all_of_them():
            for message in messages:
                await self._socket.send(message)

        self._server.loop.do(all_of_them())

    def ping(self):
        """Returns when the pong arrived."""

        async def wait_pong():
            await asyncio.wait_for(await self._socket.ping(), DEADLINE)

        self._server.loop.do(wait_pong())

    def send_raw(self, data):
        """Bytes on the wire, whatever they mean."""

        async def write():
            self._socket.transport.write(data)

        self._server.loop.do(write())

    def close(self, code=1000, reason=""):
        self._server.loop.do(self._socket.close(code, reason))

    def drop(self):
        """TCP reset: no close frame."""

        async def abort():
            self._socket.transport.abort()

        self._server.loop.do(abort())

    def wait_received(self, count):
        """At least `count` messages came: all that did."""
        wait_until(
            lambda: len(self.received) >= count,
            lambda: f"{count} messages from the client, got {self.received}",
        )
        return list(self.received)

    def wait_closed(self):
        wait_until(lambda: self.closed, "the client leaves")
        return self.close_code


class ScriptedServer:
    """A WebSocket server.

    greeting     messages sent to each client as soon as it is there
    on_message   on_message(connection, message) -> answer, list of answers, or None
    refuse       HTTP statuses for the first handshakes, one each; `refuse_all` for every one
    certificate  (certificate file, key file): wss
    """

    def __init__(self, greeting=(), on_message=None, refuse=(), refuse_all=None, certificate=None,
                 subprotocols=None):  # fmt: skip
        self.greeting = list(greeting)
        self.on_message = on_message
        self.refuse_all = refuse_all
        self.refuse = list(refuse)
        self.connections = []
        self.attempts = []  # headers of each handshake, refused ones too
        self.loop = LoopThread()
        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*map(str, certificate))
        self._listen = dict(
            process_request=self._process_request,
            subprotocols=subprotocols,
            ssl=context,
            compression=None,
            ping_interval=None,
            max_size=None,
            max_queue=None,
            close_timeout=2,
        )
        self._scheme = "wss" if certificate else "ws"
        self.port = 0
        self._server = None
        self.open()

    def open(self):
        """Listens (again) on the same port."""

        async def serve():
            return await websockets.serve(
                self._serve, "127.0.0.1", self.port, **self._listen, reuse_address=True
            )

        self._server = self.loop.do(serve())
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self):
        """Stops listening and drops every client; open() takes up the port again."""

        async def close():
            for connection in self.connections:
                connection._socket.transport.abort()
            self._server.close()
            await self._server.wait_closed()

        self.loop.do(close())
        self._server = None

    @property
    def url(self):
        return f"{self._scheme}://127.0.0.1:{self.port}/"

    async def _process_request(self, path, headers):
        self.attempts.append(headers)
        status = self.refuse.pop(0) if self.refuse else self.refuse_all
        if status is not None:
            return http.HTTPStatus(status), [], b""
        return None

    async def _serve(self, socket: WebSocketServerProtocol):
        connection = Connection(self, socket)
        try:
            for message in self.greeting:
                await socket.send(message)
            self.connections.append(connection)
            async for message in socket:
                connection.times.append(time.monotonic())
                connection.received.append(message)
                if self.on_message:
                    answers = self.on_message(connection, message)
                    for answer in answers if isinstance(answers, list) else [answers]:
                        if answer is not None:
                            await socket.send(answer)
        except websockets.ConnectionClosed:
            pass
        finally:
            if connection not in self.connections:
                self.connections.append(connection)
            connection.close_code = socket.close_code
            connection.closed = True

    def wait_connection(self, number=1):
        """The number-th client since the start, from 1."""
        wait_until(
            lambda: len(self.connections) >= number,
            lambda: f"connection {number}; there were {len(self.connections)}, "
            f"{len(self.attempts)} handshakes",
        )
        return self.connections[number - 1]

    def wait_attempts(self, number):
        wait_until(
            lambda: len(self.attempts) >= number,
            lambda: f"{number} handshakes, there were {len(self.attempts)}",
        )

    def close(self):
        if self._server is not None:
            self.shut()
        self.loop.stop()

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.close()


class ConnectProxy:
    """An HTTP proxy that only knows CONNECT.

    Every tunnel leads to `target` (host, port), whatever host was asked for.
    """

    def __init__(self, target=None, answer=None):
        self.requests = []  # header blocks, as text
        self._target = target
        self.answer = answer  # sent instead of a tunnel, bytes
        self.loop = LoopThread()
        self._server = self.loop.do(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader, writer):
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head.decode())
            if self.answer is not None:
                writer.write(self.answer)
                await writer.drain()
                return
            far_reader, far_writer = await asyncio.open_connection(*self._target)
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await asyncio.gather(self._pipe(reader, far_writer), self._pipe(far_reader, writer))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    @staticmethod
    async def _pipe(reader, writer):
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    @staticmethod
    def credentials(request):
        """User and password of a request's Proxy-Authorization; None when there is none."""
        for line in request.split("\r\n"):
            if line.lower().startswith("proxy-authorization: basic "):
                return base64.b64decode(line.split()[-1]).decode()
        return None

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
