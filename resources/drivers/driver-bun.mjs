// SPDX-License-Identifier: GPL-3.0-or-later
// Bun: its stream of a pipe waits in the event loop (65 µs round trip against 115 µs for fs.read's thread pool), so timers and
// sockets of the script go on between runs. Bun marks 3 and 4 close-on-exec for children itself.
import { start } from './js/core.mjs';

await start({
  name: 'bun',
  installCommand: 'bun add',
  errorExtra: true,
  script: process.argv.at(-1),
  isSignature: process.argv[2] === '--signature',
  writeFd: 4,
  async listen(onData, onEnd) {
    const reader = Bun.file(3).stream().getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      onData(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
    }
    onEnd();
  },
});
