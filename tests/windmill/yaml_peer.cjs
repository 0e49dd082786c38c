// SPDX-License-Identifier: GPL-3.0-or-later
// The npm package `yaml` with the options of `wmill`, and Windmill's validator, as a filter: one JSON request per line in,
// one JSON answer per line out.
const { createRequire } = require('node:module');
const readline = require('node:readline');
const path = require('node:path');
const tools = createRequire(path.join(process.env.EARSHOT_SOURCE_DIR, 'tests/tools/package.json'));
const YAML = tools('yaml');
const { WindmillYamlValidator } = tools('windmill-yaml-validator');

const first = {
  version: 'aaa', id: 'aa', type: 'ab', summary: 'ad', name: 'ae', display_name: 'af', description: 'ag', value: 'ah',
  content: 'ai', modules: 'aj', failure_module: 'ak', input_transforms: 'al', lock: 'az', locks: 'azz',
};
const sortName = (name) => (Object.hasOwn(first, name) ? first[name] : name);
const writeOptions = {
  sortMapEntries: (a, b) => sortName(String(a.key)).localeCompare(sortName(String(b.key))),
  aliasDuplicateObjects: false,
  singleQuote: true,
};

function answer(request) {
  try {
    switch (request.op) {
      case 'parse':
        return { value: YAML.parse(request.text, { logLevel: 'error' }) ?? null };
      case 'stringify':
        return { text: YAML.stringify(request.value, writeOptions) };
      case 'validate': {
        const result = new WindmillYamlValidator().validate(request.text, { type: 'trigger', triggerKind: 'websocket' });
        return { errors: result.errors.length };
      }
      default:
        return { error: `unknown request ${request.op}` };
    }
  } catch (error) {
    return { error: String(error.message) };
  }
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line)))}\n`);
});
