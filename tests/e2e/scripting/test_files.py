# SPDX-License-Identifier: GPL-3.0-or-later
"""runnable.*: the files of the workspace, over the control socket."""

import base64
import hashlib
import os

from lib.case import ServiceCase
from lib.earshot import ControlError, wait_until

ONE = "def main(msg):\n    return 1\n"
TWO = "def main(msg):\n    return 2\n"


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Files(ServiceCase):
    def refused(self, method, **params):
        with self.assertRaises(ControlError) as refused:
            self.service.call(method, **params)
        return refused.exception

    def text(self, **of):
        return base64.b64decode(self.service.call("runnable.read", **of)["source"]["data"]).decode()

    def file(self, name):
        return self.service.workspace / name

    def test_full_cycle(self):
        made = self.service.call(
            "runnable.write", file="f/cycle/deep/bot.py", content=ONE, create=True
        )
        self.assertTrue(made["written"])
        self.assertEqual(made["hash"], sha(ONE))
        self.assertEqual(made["runnable"]["path"], "f/cycle/deep/bot")
        self.assertEqual(made["runnable"]["language"], "python3")
        self.assertEqual(made["runnable"]["problem"], "")
        read = self.service.call("runnable.read", path="f/cycle/deep/bot")
        self.assertEqual(read["hash"], sha(ONE))
        self.assertEqual(self.text(path="f/cycle/deep/bot"), ONE)
        written = self.service.call(
            "runnable.write", path="f/cycle/deep/bot", content=TWO, expected_hash=read["hash"]
        )
        self.assertTrue(written["written"])
        self.assertEqual(self.file("f/cycle/deep/bot.py").read_text(), TWO)
        self.file("f/cycle/deep/bot.script.yaml").write_text("summary: a bot\n")
        renamed = self.service.call("runnable.rename", path="f/cycle/deep/bot", to="f/cycle/other")
        self.assertEqual(renamed["runnable"]["file"], "f/cycle/other.py")
        self.assertEqual(renamed["triggers"], [])
        self.assertFalse(self.file("f/cycle/deep/bot.py").exists())
        self.assertTrue(self.file("f/cycle/other.script.yaml").exists())
        self.assertEqual(self.text(path="f/cycle/other"), TWO)
        self.service.call("runnable.delete", path="f/cycle/other", expected_hash=sha(TWO))
        self.assertEqual(list(self.file("f/cycle").glob("*.*")), [])
        self.assertEqual(self.refused("runnable.read", path="f/cycle/other").code, "not_found")

    def test_create_does_not_overwrite(self):
        self.service.script("f/keep/bot.py", ONE)
        error = self.refused("runnable.write", file="f/keep/bot.py", content=TWO, create=True)
        self.assertEqual(error.code, "already_exists")
        self.assertEqual(self.file("f/keep/bot.py").read_text(), ONE)

    def test_changed_meanwhile(self):
        self.service.script("f/meanwhile/bot.py", ONE)
        self.file("f/meanwhile/bot.py").write_text(TWO)
        answer = self.service.call(
            "runnable.write", file="f/meanwhile/bot.py", content="mine", expected_hash=sha(ONE)
        )
        self.assertFalse(answer["written"])
        self.assertEqual(answer["hash"], sha(TWO))
        self.assertEqual(base64.b64decode(answer["source"]["data"]).decode(), TWO)
        self.assertEqual(self.file("f/meanwhile/bot.py").read_text(), TWO)
        self.file("f/meanwhile/bot.py").unlink()
        gone = self.service.call(
            "runnable.write", file="f/meanwhile/bot.py", content="mine", expected_hash=sha(TWO)
        )
        self.assertFalse(gone["written"])
        self.assertEqual(gone["hash"], "")
        error = self.refused("runnable.write", path="f/meanwhile/bot", content="mine")
        self.assertEqual(error.code, "not_found")
        self.service.script("f/meanwhile/bot.py", ONE)
        error = self.refused("runnable.delete", path="f/meanwhile/bot", expected_hash=sha(TWO))
        self.assertEqual(error.code, "conflict")
        self.assertTrue(self.file("f/meanwhile/bot.py").exists())

    def test_outside_is_refused(self):
        outside = self.service.folder / "outside"
        outside.mkdir()
        (outside / "secret.py").write_text("secret")
        self.file("f").mkdir(exist_ok=True)
        os.symlink(outside, self.file("f/escape"))
        os.symlink(outside / "secret.py", self.file("f/link.py"))
        os.symlink(outside / "new.py", self.file("f/dangling.py"))
        for name in (
            "../outside/x.py",
            "f/../../outside/x.py",
            str(outside / "x.py"),
            "",
            "f//x.py",
            "f/./x.py",
            "f/escape/x.py",
            "f/escape/secret.py",
            "f/escape/deep/x.py",
            "f/link.py",
            "f/dangling.py",
            ".git/hooks/pre-commit",
            "f/.hidden/x.py",
            "f/node_modules/x/index.ts",
            "f/a\nb.py",
        ):
            with self.subTest(name):
                error = self.refused("runnable.write", file=name, content="evil")
                self.assertEqual(error.code, "permission_denied", error)
                self.assertEqual(
                    self.refused("runnable.read", file=name).code, "permission_denied"
                )
                self.assertEqual(
                    self.refused("runnable.subscribe", file=name).code, "permission_denied"
                )
        self.service.script("f/escapee/bot.py", ONE)
        error = self.refused("runnable.rename", path="f/escapee/bot", to="f/escape/bot")
        self.assertEqual(error.code, "permission_denied")
        for to in ("../x/y", "f/../x", "g/a/b", "f/a"):
            error = self.refused("runnable.rename", path="f/escapee/bot", to=to)
            self.assertIn(error.code, ("invalid_argument", "permission_denied"), to)
        self.assertEqual(sorted(one.name for one in outside.iterdir()), ["secret.py"])
        self.assertEqual((outside / "secret.py").read_text(), "secret")

    def test_link_within_the_workspace(self):
        self.service.script("f/real/bot.py", ONE)
        os.symlink(self.file("f/real/bot.py"), self.file("f/real/alias.py"))
        self.service.call("runnable.write", file="f/real/alias.py", content=TWO)
        self.assertEqual(self.file("f/real/bot.py").read_text(), TWO)
        self.assertTrue(self.file("f/real/alias.py").is_symlink())

    def test_refusals_that_leave_everything(self):
        self.service.script("f/folder/bot.py", ONE)
        self.assertEqual(
            self.refused("runnable.write", file="f/folder", content="x").code, "permission_denied"
        )
        error = self.refused("runnable.write", file="f/folder/bot.py/x.py", content="x")
        self.assertIn("is a file, not a folder", error.message)
        os.mkfifo(self.file("f/folder/pipe.py"))
        self.assertEqual(self.refused("runnable.read", file="f/folder/pipe.py").code, "io")
        error = self.refused("runnable.write", content="x")
        self.assertEqual(error.message, "give either path or file")

    def test_programs_become_executable(self):
        self.service.call("runnable.write", file="f/prog/tool", content="#!/bin/sh\ncat\n")
        self.assertTrue(os.access(self.file("f/prog/tool"), os.X_OK))
        self.service.call("runnable.write", file="f/prog/plain.py", content="#!/usr/bin/python3\n")
        self.assertFalse(os.access(self.file("f/prog/plain.py"), os.X_OK))
        listed = {one["path"]: one for one in self.service.call("runnable.list")["items"]}
        self.assertEqual(listed["f/prog/tool"]["language"], "executable")
        self.assertEqual(listed["f/prog/tool"]["problem"], "")
        self.file("f/prog/plain.py").chmod(0o640)
        self.service.call("runnable.write", file="f/prog/plain.py", content=ONE)
        self.assertEqual(self.file("f/prog/plain.py").stat().st_mode & 0o777, 0o640)

    def test_every_ending_that_runs_is_listed(self):
        endings = ("ts", "mts", "tsx", "mjs", "cjs", "js", "py", "sh")
        for ending in endings:
            self.service.script(f"f/endings/{ending}_one.{ending}", "")
        items = self.service.call("runnable.list", prefix="f/endings/")["items"]
        self.assertEqual(
            sorted(one["file"] for one in items),
            sorted(f"f/endings/{ending}_one.{ending}" for ending in endings),
        )

    def test_templates_run(self):
        languages = self.service.call("runnable.languages")["items"]
        self.assertEqual(
            [one["language"] for one in languages], ["bun", "deno", "node", "python3", "bash"]
        )
        for language in languages:
            for kind in language["kinds"]:
                with self.subTest(f"{language['language']} {kind}"):
                    template = self.service.call(
                        "runnable.template", language=language["language"], kind=kind
                    )
                    self.assertEqual(template["ending"], language["ending"])
                    name = f"{language['language']}_{kind}"
                    self.service.call(
                        "runnable.write",
                        file=f"f/templates/{name}{template['ending']}",
                        content=template["text"],
                        create=True,
                    )
                    if language["problem"]:
                        continue
                    arguments = {
                        "message": {"message": '{"content":"hi"}'},
                        "preprocessor": {
                            "message": '{"content":"hi"}', "event": True, "url": "ws://a/",
                        },
                        "error_handler": {
                            "args": {"error": {"name": "E", "message": "m"}, "path": "f/a/b"}
                        },
                    }.get(kind, {"args": {}})  # fmt: skip
                    run = self.service.call(
                        "run.start", runnable=f"f/templates/{name}", **arguments
                    )["id"]
                    self.service.call("runnable.languages")
                    done = wait_until(
                        lambda: (
                            lambda detail: detail["run"]["finished_at_us"] and detail
                        )(self.service.run(run)),
                        lambda: f"the end of {name}",
                    )
                    self.assertEqual(done["run"]["status"], "success", done["result"])
                    if kind == "message":
                        self.assertIn("received", done["logs"])
                    if kind == "preprocessor":
                        self.assertIn("hi from ws://a/", done["logs"])
        error = self.refused("runnable.template", language="bash", kind="preprocessor")
        self.assertEqual(error.code, "unsupported")
        error = self.refused("runnable.template", language="cobol", kind="message")
        self.assertIn("python3", error.detail)

    def test_signature(self):
        self.service.script(
            "f/signed/bot.py",
            "def preprocessor(event):\n    return {}\n\n\ndef main(a: str, b=3):\n    return a\n",
        )
        signature = self.service.call("runnable.signature", path="f/signed/bot")["signature"]
        self.assertEqual([one["name"] for one in signature["params"]], ["a", "b"])
        self.assertEqual(signature["preprocessor"], "v2")
        again = self.service.call("runnable.signature", path="f/signed/bot")["signature"]
        self.assertEqual(again, signature)
        self.assertEqual(
            self.refused("runnable.signature", path="f/signed/nothing").code, "not_found"
        )

    def changes(self):
        self.service.call("service.status")
        return [params for name, params in self.service.control.pushes if name == "runnable.changed"]

    def test_outside_changes_are_told(self):
        self.service.script("f/watched/bot.py", ONE)
        self.service.control.pushes.clear()
        one = self.service.call("runnable.subscribe", path="f/watched/bot")["subscription"]
        new = self.service.call("runnable.subscribe", file="f/later/new.py")["subscription"]

        def last(subscription):
            mine = [one for one in self.changes() if one["subscription"] == subscription]
            return mine[-1] if mine else {}

        # As editors do it: another file takes the name.
        temporary = self.file("f/watched/.bot.py.swp")
        temporary.write_text(TWO)
        temporary.rename(self.file("f/watched/bot.py"))
        wait_until(lambda: last(one).get("hash") == sha(TWO), self.changes)
        self.file("f/watched/bot.py").write_text(ONE)  # and in place
        wait_until(lambda: last(one).get("hash") == sha(ONE), self.changes)
        self.file("f/watched/bot.py").unlink()
        wait_until(lambda: last(one).get("exists") is False, self.changes)
        self.service.script("f/watched/bot.py", TWO)
        wait_until(lambda: last(one).get("hash") == sha(TWO), self.changes)
        self.service.script("f/later/new.py", ONE)
        wait_until(lambda: last(new).get("hash") == sha(ONE), self.changes)
        self.service.call("runnable.unsubscribe", subscription=one)
        self.assertEqual(
            self.refused("runnable.unsubscribe", subscription=one).code, "not_found"
        )
        count = len([1 for change in self.changes() if change["subscription"] == one])
        self.file("f/watched/bot.py").write_text(ONE)
        self.file("f/later/new.py").write_text(TWO)
        wait_until(lambda: last(new).get("hash") == sha(TWO), self.changes)
        self.assertEqual(
            len([1 for change in self.changes() if change["subscription"] == one]), count
        )

    def test_rename_names_the_triggers(self):
        bot = self.bot(ONE)
        renamed = self.service.call(
            "runnable.rename", path=f"f/{self.name}/script", to=f"f/{self.name}/moved"
        )
        self.assertEqual(renamed["triggers"], [bot.path])
        taken = self.script(TWO, name="taken")
        error = self.refused("runnable.rename", path=f"f/{self.name}/moved", to=taken)
        self.assertEqual(error.code, "already_exists")
