#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Driver for Python scripts (docs/driver-protocol.md).

driver.py <script>               serve requests on descriptor 3, answer on 4
driver.py --fork-server <script> the same, each run in a fork of the loaded process
driver.py --signature <script>   print the signature as a JSON line
"""
import os
import sys

# Packages beside the driver must not shadow those of the script, and nothing of ours is importable by accident.
if sys.path and os.path.abspath(sys.path[0]) == os.path.dirname(os.path.abspath(__file__)):
    del sys.path[0]

import json

REQUEST_FD = 3
RESPONSE_FD = 4
MAX_LINE_BYTES = 1 << 20
MAX_INLINE_TEXT = 8192


# --- Signature -------------------------------------------------------------------------------------------------------


def parse_signature(source):
    import ast

    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        return {"params": [], "main": "invalid", "preprocessor": "none", "error": f"{type(error).__name__}: {error}"}
    functions = {}
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions[node.name] = describe_params(node)
    signature = {"params": [], "main": "lib", "preprocessor": "none"}
    main = functions.pop("main", None)
    if main is not None:
        signature.update(main)
        signature["main"] = "function"
    preprocessor = functions.pop("preprocessor", None)
    if preprocessor is not None:
        params = preprocessor["params"]
        signature["preprocessor"] = preprocessor_version(params)
        signature["preprocessor_params"] = params
        if "kwargs" in preprocessor:
            signature["preprocessor_kwargs"] = True
    if functions:
        signature["functions"] = functions
    if uses_no_postprocessing(source):
        signature["raw_result"] = True
    return signature


def uses_no_postprocessing(source):
    return "skip_result_postprocessing" in source and any(
        line.lstrip().startswith("#") and "skip_result_postprocessing" in line for line in source.splitlines()
    )


def preprocessor_version(params):
    names = [param["name"] for param in params]
    if "wm_trigger" in names:
        return "v1"
    return "v2" if not names or "event" in names else "v1"


def describe_params(node):
    """Keyword-only parameters and *args are not given, as on Windmill."""
    import ast

    arguments = node.args
    positional = arguments.posonlyargs + arguments.args
    defaults = len(arguments.defaults)
    params = []
    for index, argument in enumerate(positional):
        entry = {"name": argument.arg}
        kind = conversion_of(argument.annotation)
        if kind:
            entry["type"] = kind
        if index >= len(positional) - defaults:
            entry["hasDefault"] = True
        if index < len(arguments.posonlyargs):
            entry["positional"] = True
        params.append(entry)
    described = {"params": params}
    if arguments.kwarg is not None:
        described["kwargs"] = True
    return described


def conversion_of(annotation):
    """The annotations that convert their argument: bytes, datetime, date (also qualified, optional or as text)."""
    import ast

    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return None
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        sides = [annotation.left, annotation.right]
        rest = [side for side in sides if not (isinstance(side, ast.Constant) and side.value is None)]
        return conversion_of(rest[0]) if len(rest) == 1 else None
    if isinstance(annotation, ast.Subscript):
        head = annotation.value
        name = head.attr if isinstance(head, ast.Attribute) else getattr(head, "id", None)
        return conversion_of(annotation.slice) if name == "Optional" else None
    if isinstance(annotation, ast.Attribute):
        name = annotation.attr
    else:
        name = getattr(annotation, "id", None)
    return name if name in ("bytes", "datetime", "date") else None


# --- Arguments -------------------------------------------------------------------------------------------------------

DATE_FORMATS = ("%d-%m-%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d")


def convert(kind, value):
    if not isinstance(value, str):
        return value
    if kind == "bytes":
        import base64

        return base64.b64decode(value)
    import datetime

    if kind == "datetime":
        return datetime.datetime.fromisoformat(value)
    try:
        return datetime.date.fromisoformat(value)
    except ValueError:
        for form in DATE_FORMATS:
            try:
                return datetime.datetime.strptime(value, form).date()
            except ValueError:
                continue
        raise


def bind(described, given):
    """Windmill's matching: a missing or null argument takes its default, else None; what nobody asked for is dropped."""
    positional = []
    keywords = {}
    names = set()
    for param in described["params"]:
        name = param["name"]
        names.add(name)
        value = given.get(name)
        if isinstance(value, str):
            if value == "<function call>":
                value = None
            elif "type" in param:
                value = convert(param["type"], value)
        if value is None and "hasDefault" in param:
            continue
        if "positional" in param:
            positional.append(value)
        else:
            keywords[name] = value
    if "kwargs" in described:
        for name, value in given.items():
            if name not in names:
                keywords[name] = value
    return positional, keywords


# --- Results ---------------------------------------------------------------------------------------------------------


def encode_result(result, postprocess=True):
    kind = type(result)
    if kind is str:
        text = json.dumps(result)
    elif result is None or kind is bool or kind is int:
        return json.dumps(result)
    else:
        text = json.dumps(prepare(result), separators=(",", ":"), default=str)
    # Windmill replaces these words wherever they stand, inside strings too; a script opts out with an annotation.
    if postprocess and ("NaN" in text or "Infinity" in text or "\\u0000" in text):
        import re

        text = re.sub(r"-?\bInfinity\b|\bNaN\b|\\+u0000", " null ", text).strip()
    return text


def prepare(result):
    """What Windmill converts before json.dumps: data frames, bytes on the first level."""
    import base64

    module = type(result).__module__
    if module.startswith("pandas.") and type(result).__name__ == "DataFrame":
        return result.values.tolist()
    if module.startswith("polars.") and type(result).__name__ == "DataFrame":
        return result.rows()
    if isinstance(result, (bytes, bytearray)):
        return base64.b64encode(result).decode("ascii")
    if isinstance(result, dict) and any(isinstance(value, (bytes, bytearray)) for value in result.values()):
        return {
            key: base64.b64encode(value).decode("ascii") if isinstance(value, (bytes, bytearray)) else value
            for key, value in result.items()
        }
    return result


def is_stream(result):
    if isinstance(result, (str, dict, list, bytes, bytearray, tuple, set, frozenset)):
        return False
    module = type(result).__module__
    if module.startswith(("pandas.", "polars.")) or isinstance(result, type):
        return False
    return hasattr(result, "__iter__") and not hasattr(type(result), "__members__")


def drain_stream(result):
    streamed = []
    final = None
    iterator = iter(result)
    while True:
        try:
            chunk = next(iterator)
        except StopIteration as stop:
            final = stop.value
            break
        text = chunk if isinstance(chunk, str) else json.dumps(chunk, default=str)
        print("WM_STREAM: " + text.replace("\n", "\\n"))
        sys.stdout.flush()
        streamed.append(text)
    whole = "".join(streamed)
    if final is None:
        return whole
    if isinstance(final, dict):
        return {**final, "wm_stream": whole}
    return final


def describe_error(error, step_id, script):
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    own = os.path.abspath(__file__)
    shown = [frame for frame in frames if frame.filename != own and not frame.filename.startswith("<frozen importlib")]
    stack = "".join(traceback.format_list(shown) + traceback.format_exception_only(type(error), error))
    message = str(error)
    if isinstance(error, ModuleNotFoundError) and error.name:
        message += "\n" + install_hint(error.name, script)
    described = {"message": message, "name": type(error).__name__, "stack": stack}
    extra = getattr(error, "__dict__", None)
    if extra:
        try:
            described["extra"] = json.loads(json.dumps(extra, default=str))
        except (TypeError, ValueError, RecursionError):
            pass
    if step_id:
        described["step_id"] = step_id
    return described


def install_hint(module, script):
    package = module.split(".")[0]
    return f"Install it: '{sys.executable}' -m pip install {package}"


# --- Output ----------------------------------------------------------------------------------------------------------


class Output:
    """Replaces sys.stdout and sys.stderr, so that the first output of a run is preceded by its marker."""

    def __init__(self):
        import io

        output = self
        self.run_id = None
        self.has_begun = False

        class Marked(io.FileIO):
            def write(self, data):
                output.note()
                return super().write(data)

        def stream(fd, errors):
            buffered = io.BufferedWriter(Marked(fd, "wb", closefd=False))
            return io.TextIOWrapper(buffered, encoding="utf-8", errors=errors, line_buffering=True)

        sys.stdout = sys.__stdout__ = stream(1, "surrogateescape")
        sys.stderr = sys.__stderr__ = stream(2, "backslashreplace")

    def note(self):
        if self.has_begun or self.run_id is None:
            return
        self.has_begun = True
        self.mark("begin")

    def mark(self, what):
        line = b"\x1e earshot-run %d %s \x1e\n" % (self.run_id, what.encode())
        os.write(1, line)
        os.write(2, line)

    def begin(self, run_id):
        self.run_id = run_id
        self.has_begun = False

    def end(self):
        flush_output()
        if not self.has_begun:
            return False
        self.mark("end")
        self.has_begun = False
        self.run_id = None
        return True


def flush_output():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # The script has closed or replaced its stream.


# --- Wire ------------------------------------------------------------------------------------------------------------


class Inbox:
    def __init__(self, fd):
        self.fd = fd
        self.buffer = bytearray()
        self.at = 0
        self.queue = []
        self.has_ended = False

    def fill(self):
        """Reads once, waiting if nothing is there."""
        if self.at:
            del self.buffer[: self.at]
            self.at = 0
        chunk = os.read(self.fd, 1 << 18)
        if not chunk:
            self.has_ended = True
            return
        self.buffer += chunk

    def split(self):
        """Moves complete requests to the queue; drops those that were cancelled in time and returns their ids."""
        dropped = []
        buffer = self.buffer
        while True:
            end = buffer.find(b"\n", self.at)
            if (end if end >= 0 else len(buffer)) - self.at > MAX_LINE_BYTES:
                raise ValueError("request line over 1 MiB")
            if end < 0:
                break
            request = json.loads(bytes(buffer[self.at : end]))
            size = request.get("msg_bytes")
            if size is not None:
                if len(buffer) - end - 1 < size and not self.has_ended:
                    self.await_body(end + 1 + size)
                    buffer = self.buffer
                    end = buffer.find(b"\n", self.at)
                request["msg"] = buffer[end + 1 : end + 1 + size].decode("utf-8", "replace")
                self.at = end + 1 + size
            else:
                self.at = end + 1
            if request["type"] != "cancel":
                self.queue.append(request)
                continue
            for index, waiting in enumerate(self.queue):
                if waiting["type"] == "run" and waiting["id"] == request["id"]:
                    del self.queue[index]
                    dropped.append(request["id"])
                    break
        return dropped

    def await_body(self, until):
        while len(self.buffer) < until:
            chunk = os.read(self.fd, 1 << 18)
            if not chunk:
                self.has_ended = True
                return
            self.buffer += chunk


def write_all(fd, data):
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            import select

            select.select([], [fd], [])


class Outbox:
    def __init__(self, fd):
        self.fd = fd
        self.pending = bytearray()

    def add(self, line, body=b""):
        self.pending += line
        self.pending += body

    def flush(self):
        if self.pending:
            data, self.pending = self.pending, bytearray()
            write_all(self.fd, data)


# --- Running ---------------------------------------------------------------------------------------------------------


class Driver:
    def __init__(self, script):
        self.script = os.path.abspath(script)
        self.module = None
        self.signature = None
        self.load_error = None
        self.inbox = Inbox(REQUEST_FD)
        self.outbox = Outbox(RESPONSE_FD)
        self.output = None
        self.imports = []
        self.current_id = 0
        self.provide_module()

    def provide_module(self):
        import types

        module = types.ModuleType("earshot", "Lets a script speak to Earshot while it runs.")
        module.send = self.send
        sys.modules["earshot"] = module

    def send(self, value):
        """Sends a message on the trigger's socket now: str as it is, bytes as binary, anything else as JSON."""
        if isinstance(value, (bytes, bytearray, memoryview)):
            data = bytes(value)
            line = b'{"type":"send","id":%d,"binary":true,"send_bytes":%d}\n'
        else:
            data = (value if isinstance(value, str) else encode_result(value)).encode("utf-8")
            line = b'{"type":"send","id":%d,"send_bytes":%d}\n'
        self.outbox.add(line % (self.current_id, len(data)), data)
        self.outbox.flush()

    def serve(self, execute=None):
        """Serves until the input ends; `execute` runs one request in place of run()."""
        execute = execute or self.run
        inbox, outbox = self.inbox, self.outbox
        while True:
            for dropped in inbox.split():
                outbox.add(b'{"type":"dropped","id":%d}\n' % dropped)
            if not inbox.queue:
                outbox.flush()
                if inbox.has_ended:
                    return
                inbox.fill()
                continue
            request = inbox.queue.pop(0)
            if request["type"] == "load":
                self.load(request)
                self.announce()
            elif request["type"] == "run":
                execute(request)
                if request.get("last"):
                    return

    def load(self, request):
        self.signature = request.get("signature")
        known = set(sys.modules)
        try:
            import importlib.util

            with open(self.script, "rb") as file:
                source = file.read()
            if self.signature is None:
                self.signature = parse_signature(source.decode("utf-8-sig", "replace"))
            folder = os.path.dirname(self.script)
            if folder not in sys.path:
                sys.path.insert(0, folder)
            name = module_name(self.script)
            spec = importlib.util.spec_from_file_location(name, self.script)
            module = importlib.util.module_from_spec(spec)
            sys.modules[name] = module
            exec(compile(source, self.script, "exec"), module.__dict__)
            self.module = module
        except BaseException as error:
            self.load_error = error
        self.imports = own_files(known, self.script)
        flush_output()

    def announce(self):
        if self.load_error is not None:
            error = describe_error(self.load_error, None, self.script)
            error.pop("extra", None)
            for key in ("message", "stack"):
                error[key] = error[key][:MAX_INLINE_TEXT]
            self.outbox.add(json.dumps({"type": "load_error", "error": error}).encode() + b"\n")
            return
        ready = {
            "type": "ready",
            "protocol": 1,
            "preprocessor": self.signature["preprocessor"],
            "params": [param["name"] for param in self.signature["params"]],
        }
        if self.imports:
            ready["imports"] = self.imports
        self.outbox.add(json.dumps(ready).encode() + b"\n")

    def run_in_fork(self, request):
        """Runs the request in a fork of this process, which has loaded the script."""
        import mmap

        if self.module is None and self.load_error is None:
            self.load(request)
        # Set by the child once it answers, for it may end at any moment.
        has_answered = mmap.mmap(-1, 1)
        self.outbox.flush()
        flush_output()
        child = os.fork()
        if child == 0:
            self.run(request, has_answered)
            self.outbox.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if has_answered[0]:
            return
        how = b'"signal":%d' % os.WTERMSIG(status) if os.WIFSIGNALED(status) else b'"exit_code":%d' % os.WEXITSTATUS(status)
        self.outbox.add(b'{"type":"error","id":%d,%s}\n' % (request["id"], how))

    def run(self, request, has_answered=None):
        run_id = self.current_id = request["id"]
        for name, value in request.get("env", {}).items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if "cwd" in request:
            os.chdir(request["cwd"])
        if self.output is not None:
            self.output.begin(run_id)
        # Flushed before the script's code runs: a run that never returns must be known to have begun, and what earlier runs
        # answered must not be lost with it.
        pid = b',"pid":%d' % os.getpid() if has_answered else b""
        self.outbox.add(b'{"type":"started","id":%d%s}\n' % (run_id, pid))
        self.outbox.flush()
        try:
            text = self.call(request)
            kind = b"result"
        except BaseException as error:
            kind = b"error"
            step_id = request.get("step_id") or os.environ.get("WM_FLOW_STEP_ID")
            text = json.dumps(describe_error(error, step_id, self.script))
        if self.output is None:
            flush_output()
            logged = b""
        else:
            logged = b'"logged":true,' if self.output.end() else b""
        body = text.encode("utf-8", "surrogatepass")
        if has_answered:
            has_answered[0] = 1
        self.outbox.add(b'{"type":"%s","id":%d,%s"result_bytes":%d}\n' % (kind, run_id, logged, len(body)), body)

    def call(self, request):
        if self.module is None and self.load_error is None:
            self.load(request)
        if self.load_error is not None:
            raise self.load_error
        signature = self.signature
        given = request.get("args") or {}
        message = request.get("msg")
        if "event" in request and signature["preprocessor"] != "none":
            given = self.preprocess(request, given, message)
        elif message is not None:
            given["msg"] = message
        entry = given.pop("_ENTRYPOINT_OVERRIDE", None) or request.get("entry") or "main"
        if entry == "main":
            described = signature
        else:
            os.environ["MAIN_OVERRIDE"] = entry
            described = signature.get("functions", {}).get(entry, {"params": []})
        main = getattr(self.module, entry, None)
        if not callable(main):
            raise ValueError(f"{entry} function is missing")
        positional, keywords = bind(described, given)
        result = main(*positional, **keywords)
        if is_stream(result):
            result = drain_stream(result)
        return encode_result(result, "raw_result" not in signature)

    def preprocess(self, request, given, message):
        preprocessor = getattr(self.module, "preprocessor", None)
        if not callable(preprocessor):
            raise ValueError("preprocessor function is missing")
        event = dict(request["event"])
        kind = event.pop("kind", "websocket")
        if self.signature["preprocessor"] == "v1":
            given = {**given, "msg": message, "wm_trigger": {"kind": kind, kind: event}}
        else:
            given = {**given, "event": {"kind": kind, "msg": message, **event}}
        described = {"params": self.signature["preprocessor_params"]}
        if "preprocessor_kwargs" in self.signature:
            described["kwargs"] = True
        positional, keywords = bind(described, given)
        result = preprocessor(*positional, **keywords)
        if not isinstance(result, dict):
            raise ValueError(f"preprocessor function must return a dict, not {type(result).__name__}")
        body = encode_result(result).encode("utf-8")
        self.outbox.add(b'{"type":"preprocessed","id":%d,"result_bytes":%d}\n' % (request["id"], len(body)), body)
        self.outbox.flush()
        return dict(result)


def own_files(known, script):
    """Files that modules loaded since `known` come from, without installed packages and the standard library."""
    library = os.path.dirname(os.__file__) + os.sep
    files = set()
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name in known or not isinstance(file, str) or file == script or file.startswith(library):
            continue
        if os.sep + "site-packages" + os.sep not in file and os.sep + "dist-packages" + os.sep not in file:
            files.add(file)
    return sorted(files)


def module_name(script):
    """Windmill's: `-` becomes `_`, a leading digit gets `_` in front, all lower case."""
    name = os.path.basename(script).split(".")[0].replace("-", "_").lower()
    return "_" + name if name[:1].isdigit() else name


def main(arguments):
    if arguments[0] == "--signature":
        with open(arguments[1], encoding="utf-8-sig", errors="replace") as file:
            print(json.dumps(parse_signature(file.read())))
        return
    os.set_inheritable(REQUEST_FD, False)
    os.set_inheritable(RESPONSE_FD, False)
    use_markers = os.environ.pop("EARSHOT_LOG_MARKERS", "") == "1"
    driver = Driver(arguments[-1])
    if use_markers:
        driver.output = Output()
    else:
        sys.stdout.reconfigure(line_buffering=True, encoding="utf-8", errors="surrogateescape")
    sys.argv = [driver.script]
    driver.serve(driver.run_in_fork if arguments[0] == "--fork-server" else None)
    driver.outbox.flush()
    flush_output()
    # Threads and exit handlers of the script do not hold the process.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
