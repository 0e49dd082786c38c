// SPDX-License-Identifier: GPL-3.0-or-later
// What Bun, Deno and Node have in common: loads the script, runs it request by request, answers (docs/driver-protocol.md).
import { Buffer } from 'node:buffer';
import process from 'node:process';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Inbox, Outbox } from './wire.mjs';
import { describeError, isAsyncIterable, resultText } from './values.mjs';
import { OutputMarkers } from './output.mjs';

/// A response line without raw part is at most 64 KiB.
const kMaxInlineText = 8192;
const kProtocolError = 2;
const kUndefinedArgs = Object.freeze({});

/// Windmill's results carry BigInt as text.
BigInt.prototype.toJSON = function () {
  return this.toString();
};

export async function start(runtime) {
  const script = path.resolve(runtime.script);
  if (runtime.isSignature) {
    const { signatureOfFile } = await import('./signature.mjs');
    fs.writeSync(1, JSON.stringify(signatureOfFile(script)) + '\n');
    process.exit(0);
  }
  const driver = new Driver(runtime, script);
  await runtime.listen(
    (chunk) => driver.receive(chunk),
    () => driver.inputEnded(),
  );
}

class Driver {
  #runtime;
  #script;
  #module = null;
  #signature = null;
  #loadError = null;
  #inbox = new Inbox((request) => this.#accept(request));
  #outbox;
  #markers;
  #queue = [];
  #isBusy = false;
  #hasEnded = false;
  #current = null;
  #lastId = 0;

  constructor(runtime, script) {
    this.#runtime = runtime;
    this.#script = script;
    this.#outbox = new Outbox(runtime.writeFd);
    this.#markers = new OutputMarkers(process.env.EARSHOT_LOG_MARKERS === '1');
    delete process.env.EARSHOT_LOG_MARKERS;
    globalThis.earshot = Object.freeze({ send: (value) => this.#send(value) });
    // process.exit() in a script must not lose what earlier runs answered.
    process.on('exit', () => this.#outbox.flush());
  }

  receive(chunk) {
    try {
      this.#inbox.push(chunk);
    } catch (error) {
      fs.writeSync(2, `request not understood: ${error.message}\n`);
      process.exit(kProtocolError);
    }
    if (!this.#isBusy) this.#work();
  }

  inputEnded() {
    this.#hasEnded = true;
    if (!this.#isBusy) process.exit(0);
  }

  #accept(request) {
    if (request.type !== 'cancel') {
      this.#queue.push(request);
      return;
    }
    const at = this.#queue.findIndex((waiting) => waiting.type === 'run' && waiting.id === request.id);
    if (at < 0) return;
    this.#queue.splice(at, 1);
    this.#outbox.add(`{"type":"dropped","id":${request.id}}\n`);
    if (this.#isBusy) this.#outbox.flush();
  }

  #work() {
    const queue = this.#queue;
    let at = 0;
    while (at < queue.length) {
      const pending = this.#begin(queue[at++]);
      if (pending) {
        queue.splice(0, at);
        this.#isBusy = true;
        pending.then(() => {
          this.#isBusy = false;
          this.#work();
        });
        return;
      }
    }
    queue.length = 0;
    this.#outbox.flush();
    if (this.#hasEnded) process.exit(0);
  }

  /// Returns a promise when the request is not finished yet.
  #begin(request) {
    if (request.type === 'load') return this.#load(request).then(() => this.#announceReady());
    if (request.type !== 'run') return undefined;
    if (request.env) this.#applyEnvironment(request.env);
    if (request.cwd) process.chdir(request.cwd);
    this.#current = request;
    this.#lastId = request.id;
    this.#markers.begin(request.id);
    // Flushed before the script's code runs: a run that never returns must be known to have begun, and what earlier runs
    // answered must not be lost with it.
    this.#outbox.add(`{"type":"started","id":${request.id}}\n`);
    this.#outbox.flush();
    if (this.#module === null && this.#loadError === null) return this.#load(request).then(() => this.#run(request));
    return this.#run(request);
  }

  async #load(request) {
    try {
      this.#signature = request.signature ?? null;
      this.#module = await import(pathToFileURL(this.#script).href);
      if (this.#signature === null) {
        const { signatureOfFile } = await import('./signature.mjs');
        this.#signature = signatureOfFile(this.#script);
      }
    } catch (error) {
      this.#loadError = { thrown: error };
    }
  }

  #announceReady() {
    if (this.#loadError) {
      const error = this.#describe(this.#loadError.thrown, {}) ?? { message: 'the script could not be loaded' };
      for (const key of ['message', 'stack']) error[key] = error[key]?.slice?.(0, kMaxInlineText);
      delete error.extra;
      this.#addLine({ type: 'load_error', error });
      return;
    }
    this.#addLine({
      type: 'ready',
      protocol: 1,
      preprocessor: this.#signature.preprocessor,
      params: this.#signature.params.map((param) => param.name),
      imports: this.#signature.imports,
    });
  }

  #addLine(response) {
    const line = Buffer.from(JSON.stringify(response) + '\n', 'utf8');
    this.#outbox.add(line.toString('latin1'));
  }

  #run(request) {
    try {
      if (this.#loadError) throw this.#loadError.thrown;
      if (this.#signature.main === 'invalid') throw new Error(this.#signature.error);
      let args = request.args;
      if (request.event && this.#signature.preprocessor !== 'none') return this.#preprocessAndRun(request);
      if (request.msg !== undefined) args = args ? { ...args, msg: request.msg } : { msg: request.msg };
      const result = this.#callMain(request, args ?? kUndefinedArgs);
      if (result !== null && typeof result === 'object' && (typeof result.then === 'function' || isAsyncIterable(result))) {
        return this.#finishLater(request, result);
      }
      return this.#succeed(request, result);
    } catch (error) {
      return this.#fail(request, error);
    }
  }

  #callMain(request, args) {
    const entry = args._ENTRYPOINT_OVERRIDE || request.entry || 'main';
    const main = this.#module[entry];
    if (typeof main !== 'function') throw new Error(`${entry} function is missing`);
    const params = entry === 'main' ? this.#signature.params : this.#signature.functions?.[entry] ?? [];
    if (params.length === 1 && params[0].type === undefined) return main(args[params[0].name]);
    return main(...this.#positional(params, args));
  }

  #positional(params, args) {
    return params.map(({ name, type }) => {
      const value = args[name];
      if (type !== 'date') return value;
      return value ? new Date(value) : undefined;
    });
  }

  async #preprocessAndRun(request) {
    try {
      const preprocessor = this.#module.preprocessor;
      if (typeof preprocessor !== 'function') throw new Error('preprocessor function is missing');
      const { msg, event } = request;
      let given;
      if (this.#signature.preprocessor === 'v1') {
        const { kind, ...details } = event;
        given = { ...request.args, msg, wm_trigger: { kind, [kind]: details } };
      } else {
        const { kind, ...details } = event;
        given = { ...request.args, event: msg === undefined ? event : { kind, msg, ...details } };
      }
      const args = await preprocessor(...this.#positional(this.#signature.preprocessor_params ?? [], given));
      const text = resultText(args);
      this.#outbox.addText(`{"type":"preprocessed","id":${request.id},"result_bytes":`, text);
      this.#outbox.flush();
      if (args === undefined || args === null) {
        // What destructuring the arguments does to it in Windmill.
        throw new TypeError(`the preprocessor returned ${args}, which cannot be destructured into arguments`);
      }
      const result = await this.#callMain(request, args);
      if (typeof args !== 'object' || Array.isArray(args)) {
        const kind = Array.isArray(args) ? 'sequence' : typeof args;
        throw Object.assign(
          new Error(
            `execution error:\nerror while deserializing args from preprocessing: invalid type: ${kind}, expected a map`,
          ),
          { name: 'ExecutionErr' },
        );
      }
      await this.#finishLater(request, result);
    } catch (error) {
      await this.#fail(request, error);
    }
  }

  async #finishLater(request, pending) {
    try {
      let result = await pending;
      if (isAsyncIterable(result)) result = await this.#stream(result);
      await this.#succeed(request, result);
    } catch (error) {
      await this.#fail(request, error);
    }
  }

  /// Each chunk is a line of the log; the text of all of them becomes the result, or goes beside it.
  async #stream(iterable) {
    const iterator = iterable[Symbol.asyncIterator]();
    let streamed = '';
    for (;;) {
      const { done, value } = await iterator.next();
      if (!done) {
        const chunk = typeof value === 'string' ? value : resultText(value);
        console.log('WM_STREAM: ' + chunk.replace(/\n/g, '\\n'));
        streamed += chunk;
        continue;
      }
      if (value === undefined || value === null) return streamed;
      return typeof value === 'object' && !Array.isArray(value) ? { ...value, wm_stream: streamed } : value;
    }
  }

  #succeed(request, result) {
    const text = resultText(result);
    return this.#end(request, 'result', text);
  }

  #fail(request, thrown) {
    const error = this.#describe(thrown, request);
    if (error === null) {
      // Windmill's handler trips over a thrown null: the outcome is that of a process that ended with 1.
      return this.#end(request, 'exit', null);
    }
    return this.#end(request, 'error', JSON.stringify(error));
  }

  #describe(thrown, request) {
    return describeError(thrown, {
      withExtra: this.#runtime.errorExtra,
      stepId: request.step_id || process.env.WM_FLOW_STEP_ID,
      installCommand: this.#runtime.installCommand,
      script: this.#script,
    });
  }

  #end(request, type, text) {
    const flushed = this.#markers.flush();
    if (flushed) return flushed.then(() => this.#answer(request, type, text));
    return this.#answer(request, type, text);
  }

  #answer(request, type, text) {
    const logged = this.#markers.end() ? '"logged":true,' : '';
    if (type === 'exit') {
      this.#outbox.add(`{"type":"error","id":${request.id},${logged}"exit_code":1}\n`);
    } else {
      this.#outbox.addText(`{"type":"${type}","id":${request.id},${logged}"result_bytes":`, text);
    }
    this.#current = null;
    if (request.last) {
      this.#outbox.flush();
      process.exit(0);
    }
  }

  #applyEnvironment(env) {
    for (const [name, value] of Object.entries(env)) {
      if (value === null) delete process.env[name];
      else process.env[name] = value;
    }
  }

  #send(value) {
    const id = this.#current?.id ?? this.#lastId;
    const isBytes = ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
    if (isBytes) {
      const bytes = ArrayBuffer.isView(value)
        ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
        : Buffer.from(value);
      this.#outbox.addBytes(`{"type":"send","id":${id},"binary":true,"send_bytes":`, bytes);
    } else {
      const text = typeof value === 'string' ? value : resultText(value);
      this.#outbox.addText(`{"type":"send","id":${id},"send_bytes":`, text);
    }
    this.#outbox.flush();
  }
}
