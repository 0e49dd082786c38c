// SPDX-License-Identifier: GPL-3.0-or-later
// Requests in, responses out: lines with raw bytes behind them (docs/driver-protocol.md, "Framing").
import { Buffer } from 'node:buffer';
import process from 'node:process';
import fs from 'node:fs';

const kNewline = 10;
const kMaxLineBytes = 1 << 20;
const kOutBytes = 1 << 16;

/// Splits what arrives into requests. A message is kept as the bytes it came in; only its parts are joined, and only when it
/// arrived in several.
export class Inbox {
  #line = null;
  #pending = null;
  #parts = [];
  #missing = 0;
  #accept;

  constructor(accept) {
    this.#accept = accept;
  }

  push(chunk) {
    let at = 0;
    while (at < chunk.length) {
      if (this.#pending) {
        at += this.#takeBody(chunk, at);
        continue;
      }
      const end = chunk.indexOf(kNewline, at);
      if (end < 0) {
        const rest = chunk.subarray(at);
        this.#line = this.#line ? Buffer.concat([this.#line, rest]) : rest;
        checkLine(this.#line.length);
        return;
      }
      let text;
      checkLine(end - at + (this.#line?.length ?? 0));
      if (this.#line) {
        text = Buffer.concat([this.#line, chunk.subarray(at, end)]).toString('utf8');
        this.#line = null;
      } else {
        text = chunk.toString('utf8', at, end);
      }
      at = end + 1;
      const request = JSON.parse(text);
      if (request.msg_bytes > 0) {
        this.#pending = request;
        this.#missing = request.msg_bytes;
      } else {
        if (request.msg_bytes === 0) request.msg = '';
        this.#accept(request);
      }
    }
  }

  #takeBody(chunk, at) {
    const request = this.#pending;
    const taken = Math.min(this.#missing, chunk.length - at);
    this.#missing -= taken;
    if (this.#missing > 0) {
      this.#parts.push(chunk.subarray(at, at + taken));
      return taken;
    }
    if (this.#parts.length === 0) {
      request.msg = chunk.toString('utf8', at, at + taken);
    } else {
      this.#parts.push(chunk.subarray(at, at + taken));
      request.msg = Buffer.concat(this.#parts).toString('utf8');
      this.#parts = [];
    }
    this.#pending = null;
    this.#accept(request);
    return taken;
  }
}

function checkLine(bytes) {
  if (bytes > kMaxLineBytes) throw new Error('request line over 1 MiB');
}

/// Collects responses until flush(), so that the end of one run and the start of the next are one write.
export class Outbox {
  #fd;
  #buffer = Buffer.allocUnsafe(kOutBytes);
  #used = 0;

  constructor(fd) {
    this.#fd = fd;
  }

  /// `header` is ASCII and ends with a newline.
  add(header) {
    if (this.#used + header.length > kOutBytes) this.flush();
    this.#used += this.#buffer.latin1Write(header, this.#used, header.length);
  }

  /// A header whose raw part is `text`; `prefix` lacks only the number of bytes and `}`.
  addText(prefix, text) {
    const bytes = Buffer.byteLength(text, 'utf8');
    const header = `${prefix}${bytes}}\n`;
    if (bytes + header.length > kOutBytes - this.#used) this.flush();
    if (bytes + header.length > kOutBytes) {
      this.#writeAll(Buffer.from(header, 'latin1'));
      this.#writeAll(Buffer.from(text, 'utf8'));
      return;
    }
    this.#used += this.#buffer.latin1Write(header, this.#used, header.length);
    this.#used += this.#buffer.utf8Write(text, this.#used, bytes);
  }

  addBytes(prefix, bytes) {
    this.add(`${prefix}${bytes.byteLength}}\n`);
    this.flush();
    this.#writeAll(bytes);
  }

  flush() {
    if (this.#used === 0) return;
    const used = this.#used;
    this.#used = 0;
    this.#writeAll(this.#buffer.subarray(0, used));
  }

  #writeAll(bytes) {
    writeAll(this.#fd, bytes);
  }
}

/// Writes everything, also on a non-blocking descriptor.
export function writeAll(fd, bytes) {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += fs.writeSync(fd, bytes, at, bytes.length - at);
    } catch (error) {
      if (error.code === 'EPIPE') process.exit(1);
      if (error.code !== 'EAGAIN' && error.code !== 'EINTR') throw error;
      // The reader is behind; there is no way to wait for a descriptor synchronously, so wait a little and try again.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
