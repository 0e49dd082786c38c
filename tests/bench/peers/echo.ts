// SPDX-License-Identifier: GPL-3.0-or-later
export function main(msg: string) {
  return msg;
}
