// SPDX-License-Identifier: GPL-3.0-or-later
// One message on stdin, the result on stdout: what spawn.ts starts for each message.
import { main } from "./job.ts";
console.log(JSON.stringify(main(await Bun.stdin.text())));
