#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench_server must notice a client that cheats, else its figures mean nothing: test_server.py BUILD_DIR"""

import asyncio
import json
import pathlib
import sys
import unittest

import websockets

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Failed, Server  # pylint: disable=wrong-import-position


def bill(text, extra=0):
    order = json.loads(text)
    return json.dumps({"id": order["id"], "total": order["quantity"] * order["price"] + extra})


class ServerTest(unittest.TestCase):
    def setUp(self):
        self.server = Server(BUILD)

    def tearDown(self):
        self.server.close()

    def talk(self, path, reply):
        """Answers orders by `reply(text)` → list of texts, until the server has printed its result."""

        async def client():
            async with websockets.connect(self.server.url + path, compression=None, max_size=None) as socket:
                async def answer():
                    async for text in socket:
                        if json.loads(text)["type"] == "order":
                            for out in reply(text):
                                await socket.send(out)

                answering = asyncio.create_task(answer())
                try:
                    return await asyncio.get_running_loop().run_in_executor(None, self.result)
                finally:
                    answering.cancel()

        return asyncio.run(client())

    def result(self):
        return self.server.wait_for("finished", "t", limit=20)

    def test_an_honest_client_is_counted(self):
        line = self.talk("/stream?name=t&n=1000&match=10&warm=3", lambda text: [bill(text)])
        self.assertTrue(line["ok"])
        self.assertEqual((line["sent"], line["expected"], line["replies"]), (1000, 100, 100))
        self.assertEqual(line["checksum"], line["wanted"])

    def test_messages_have_the_asked_size_and_rate(self):
        sizes = set()

        def reply(text):
            sizes.add(len(text))
            return [bill(text)]

        for size in (200, 1024, 70000):
            sizes.clear()
            line = self.talk(f"/stream?name=t&n=20&rate=100&size={size}", reply)
            self.assertEqual(sizes, {size})
            self.assertGreaterEqual(line["seconds"], 0.19)

    def test_no_match_ends_with_the_pong(self):
        line = self.talk("/stream?name=t&n=500&match=0", lambda text: [bill(text)])
        self.assertEqual((line["sent"], line["expected"]), (500, 0))

    def test_a_doubled_reply_is_seen(self):
        line = self.talk("/stream?name=t&n=50", lambda text: [bill(text), bill(text)])
        self.assertGreater(line["doubled"], 0)
        self.assertFalse(line["ok"])

    def test_a_wrong_reply_does_not_count(self):
        wrong = iter([1])
        line = self.talk("/stream?name=t&n=50", lambda text: [bill(text, next(wrong, 0)), bill(text)])
        self.assertFalse(line["ok"])
        self.assertEqual(line["wrong"], 1)

    def test_a_lost_reply_does_not_finish(self):
        skipped = iter([[]])
        url = self.server.url + "/stream?name=t&n=50"

        async def client():
            async with websockets.connect(url, compression=None) as socket:
                for _ in range(50):
                    for out in next(skipped, [bill(await socket.recv())]):
                        await socket.send(out)

        asyncio.run(client())
        with self.assertRaises(Failed) as caught:
            self.result()
        self.assertIn("'event': 'cut'", str(caught.exception))

    def test_numbers_go_on_for_the_next_connection(self):
        async def client():
            async with websockets.connect(self.server.url + "/numbered?rate=500", compression=None) as socket:
                numbers = [json.loads(await socket.recv())["n"] for _ in range(5)]
                await socket.send(json.dumps({"n": numbers[-1]}))
                await (await socket.ping())
                return numbers

        first, second = asyncio.run(client()), asyncio.run(client())
        self.assertEqual(first, [1, 2, 3, 4, 5])
        self.assertEqual(second, list(range(second[0], second[0] + 5)))
        self.assertGreater(second[0], 5)
        stats = self.server.command("next 100")
        self.assertEqual((stats["highest_reply"], stats["numbered_replies"], stats["next"]), (second[-1], 2, 100))

    def test_late_beats_are_counted(self):
        async def client():
            async with websockets.connect(self.server.url + "/beats?interval_ms=50", compression=None) as socket:
                for pause in (0.01, 0.01, 0.2):
                    await asyncio.sleep(pause)
                    await socket.send("beat")
                await (await socket.ping())
                return self.server.command("stats")

        stats = asyncio.run(client())
        self.assertEqual((stats["beating"], stats["beats"], stats["late"]), (1, 3, 1))
        self.assertGreaterEqual(stats["longest_gap_ms"], 190)

    def test_a_big_message_comes_back(self):
        async def client(change):
            async with websockets.connect(
                self.server.url + "/big?bytes=3000000", compression=None, max_size=None
            ) as socket:
                await socket.send(change(await socket.recv()))
                return await asyncio.get_running_loop().run_in_executor(None, self.server.wait_for, "big")

        same = asyncio.run(client(lambda text: text))
        self.assertEqual((same["bytes"], same["reply_bytes"], same["same"]), (3000000, 3000000, True))
        self.assertFalse(asyncio.run(client(lambda text: text.replace("z", "y", 1)))["same"])


if __name__ == "__main__":
    BUILD = pathlib.Path(sys.argv.pop(1))
    unittest.main()
