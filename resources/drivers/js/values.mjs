// SPDX-License-Identifier: GPL-3.0-or-later
// Results and errors in Windmill's JSON forms.
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const kDriverFolder = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const kMaxPlainDepth = 32;
/// Positions that engines put on errors; Windmill leaves them out of `extra`.
const kOwnErrorKeys = new Set([
  'line', 'name', 'stack', 'column', 'message', 'sourceURL', 'originalLine', 'originalColumn',
]);

const undefinedToNull = (_key, value) => (value === undefined ? null : value);

/// JSON text of a result. Throws a TypeError for what has none.
export function resultText(value) {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  // A replacer makes JSON.stringify several times slower and is needed only where a property is undefined.
  const text = hasOnlyPlainValues(value, 0) ? JSON.stringify(value) : JSON.stringify(value, undefinedToNull);
  if (text === undefined) throw new TypeError(`Non serializable error: a ${typeof value} has no JSON form`);
  return text;
}

function hasOnlyPlainValues(value, depth) {
  if (value === undefined) return false;
  if (value === null || typeof value !== 'object') return typeof value !== 'function' && typeof value !== 'symbol';
  if (depth > kMaxPlainDepth) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; ++i) if (!hasOnlyPlainValues(value[i], depth + 1)) return false;
    return true;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key in value) if (!hasOnlyPlainValues(value[key], depth + 1)) return false;
  return true;
}

export function isAsyncIterable(value) {
  return value !== null && typeof value === 'object' && typeof value[Symbol.asyncIterator] === 'function';
}

/// The error object {message, name, stack, step_id?, extra?}; null when null or undefined was thrown.
export function describeError(thrown, { withExtra, stepId, installCommand, script }) {
  if (thrown === null || thrown === undefined) return null;
  const error = {
    message: withInstallHint(thrown.message, installCommand, script),
    name: thrown.name,
    stack: withoutDriverFrames(thrown.stack),
  };
  if (stepId) error.step_id = stepId;
  if (withExtra) {
    const extra = {};
    for (const key of Object.getOwnPropertyNames(Object(thrown))) {
      if (!kOwnErrorKeys.has(key)) extra[key] = thrown[key];
    }
    if (Object.keys(extra).length > 0 && isSerialisable(extra)) error.extra = extra;
  }
  return error;
}

function isSerialisable(value) {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}

function withoutDriverFrames(stack) {
  if (typeof stack !== 'string') return stack;
  return stack
    .split('\n')
    .filter((line) => !line.includes(kDriverFolder))
    .join('\n');
}

/// A module that is not installed: says what installs it. Relative imports and built-in modules are left alone.
function withInstallHint(message, installCommand, script) {
  if (typeof message !== 'string') return message;
  const found =
    /^Cannot find (?:package|module) '([^']+)'/.exec(message) ?? /^(?:Relative i|I)mport(?: path)? "([^"]+)" not /.exec(message);
  if (!found || /^[./]|^[a-z]+:/.test(found[1])) return message;
  const parts = found[1].split('/');
  const name = found[1].startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  const separator = installCommand.endsWith(':') ? '' : ' ';
  return `${message}\nInstall it: cd '${path.dirname(script)}' && ${installCommand}${separator}${name}`;
}
