// SPDX-License-Identifier: GPL-3.0-or-later
// Deno: hands inherited descriptors on to children unless told otherwise, and its file functions know only descriptors it opened
// itself, so 4 is opened again by path. Reading 3 as a socket waits in the event loop (110 µs round trip against 175 µs for reads
// in its thread pool). The driver is started by --preload with the script as the main module, so that Deno finds the script's
// deno.json or package.json; the main module itself is never reached.
import fs from 'node:fs';
import { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { start } from './js/core.mjs';

const kSetDescriptorFlags = 2;
const kCloseOnExec = 1;

function closeOnExec() {
  const name = Deno.build.os === 'darwin' ? 'libSystem.dylib' : 'libc.so.6';
  const library = Deno.dlopen(name, { fcntl: { parameters: ['i32', 'i32', 'i32'], result: 'i32' } });
  library.symbols.fcntl(3, kSetDescriptorFlags, kCloseOnExec);
  library.symbols.fcntl(4, kSetDescriptorFlags, kCloseOnExec);
  library.close();
}

const isSignature = Deno.args[0] === '--signature';
if (!isSignature) closeOnExec();

await start({
  name: 'deno',
  installCommand: 'deno add npm:',
  errorExtra: false,
  script: isSignature ? Deno.args[1] : fileURLToPath(Deno.mainModule),
  isSignature,
  writeFd: isSignature ? -1 : fs.openSync('/dev/fd/4', 'w'),
  listen(onData, onEnd) {
    const socket = new Socket({ fd: 3, readable: true, writable: false });
    socket.on('data', onData);
    socket.on('error', onEnd);
    socket.on('end', onEnd);
    // Were this module done, Deno would go on to the main module.
    return new Promise(() => {});
  },
});
