// SPDX-License-Identifier: GPL-3.0-or-later
// Markers that split a worker's log between runs (docs/driver-protocol.md, "Log markers"). They cost a write on each stream, so a
// run that prints nothing has none.
import process from 'node:process';
import fs from 'node:fs';

export class OutputMarkers {
  #isEnabled;
  #id = null;
  #hasBegun = false;
  #streams = new Set();

  constructor(isEnabled) {
    this.#isEnabled = isEnabled;
    this.#watchStream('stdout');
    this.#watchStream('stderr');
    if (isEnabled) this.#watchConsole();
  }

  begin(id) {
    this.#id = id;
    this.#hasBegun = false;
  }

  /// A promise when the runtime still holds output of the script.
  flush() {
    let pending = null;
    for (const stream of this.#streams) {
      if (!stream.writableLength) continue;
      pending ??= [];
      pending.push(new Promise((resolve) => stream.write('', resolve)));
    }
    return pending ? Promise.all(pending) : null;
  }

  /// True when the run has printed something.
  end() {
    if (!this.#hasBegun) return false;
    this.#mark('end');
    this.#hasBegun = false;
    this.#id = null;
    return true;
  }

  #note() {
    if (!this.#isEnabled || this.#hasBegun || this.#id === null) return;
    this.#hasBegun = true;
    this.#mark('begin');
  }

  #mark(what) {
    const line = `\x1e earshot-run ${this.#id} ${what} \x1e\n`;
    fs.writeSync(1, line);
    fs.writeSync(2, line);
  }

  #watchConsole() {
    for (const name of Object.keys(console)) {
      const original = console[name];
      if (typeof original !== 'function') continue;
      console[name] = (...args) => {
        this.#note();
        return Reflect.apply(original, console, args);
      };
    }
  }

  /// process.stdout is costly to create, so it is watched only once the script asks for it.
  #watchStream(name) {
    const property = findProperty(process, name);
    const create = property?.get;
    if (!create) return;
    let stream = null;
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => {
        if (stream) return stream;
        stream = Reflect.apply(create, process, []);
        this.#streams.add(stream);
        if (this.#isEnabled) {
          const write = stream.write;
          stream.write = (...args) => {
            this.#note();
            return Reflect.apply(write, stream, args);
          };
        }
        return stream;
      },
    });
  }
}

function findProperty(object, name) {
  for (let at = object; at; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property) return property;
  }
  return undefined;
}
