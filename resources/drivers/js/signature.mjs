// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the parameters of `main` and `preprocessor` as Windmill's parser does (its rules, not ours: only top-level function
// declarations count, the last one of a name wins, rest and array parameters make the signature invalid).
import fs from 'node:fs';
import path from 'node:path';
import parser from '../vendor/babel-parser/index.cjs';

const kPlugins = ['typescript', 'decorators-legacy', 'explicitResourceManagement'];

/// A script that imports more files of its own than this is not followed further.
const kMaxImports = 256;
const kExtensions = ['', '.ts', '.js', '.mjs', '.mts', '.tsx', '.json', '/index.ts', '/index.js'];

/// The signature of a script with `imports`: the files beside it that it imports, directly or through each other.
export function signatureOfFile(script) {
  const source = fs.readFileSync(script, 'utf8');
  const signature = parseSignature(source);
  const imports = new Set();
  followImports(script, source, imports);
  if (imports.size > 0) signature.imports = [...imports];
  return signature;
}

function followImports(file, source, imports) {
  for (const specifier of importsOf(source)) {
    if (!/^\.{0,2}\//.test(specifier) || imports.size >= kMaxImports) continue;
    const base = path.resolve(path.dirname(file), specifier);
    const found = kExtensions.map((extension) => base + extension).find((candidate) => isFile(candidate));
    if (!found || imports.has(found)) continue;
    imports.add(found);
    followImports(found, fs.readFileSync(found, 'utf8'), imports);
  }
}

function isFile(candidate) {
  return fs.statSync(candidate, { throwIfNoEntry: false })?.isFile() ?? false;
}

function importsOf(source) {
  const found = [];
  let tree;
  try {
    tree = parse(source);
  } catch {
    return found;
  }
  const isImport = (node) => node.type === 'ImportExpression' || (node.type === 'CallExpression' && node.callee.type === 'Import');
  const visit = (node) => {
    if (Array.isArray(node)) {
      node.forEach(visit);
      return;
    }
    if (!node || typeof node.type !== 'string') return;
    if (/^(?:Import|ExportNamed|ExportAll)Declaration$/.test(node.type) && node.source) found.push(node.source.value);
    else if (isImport(node)) {
      const specifier = node.source ?? node.arguments[0];
      if (specifier?.type === 'StringLiteral') found.push(specifier.value);
    }
    for (const key in node) {
      if (key !== 'loc' && typeof node[key] === 'object') visit(node[key]);
    }
  };
  visit(tree.body);
  return found;
}

function parse(source) {
  return parser.parse(source, {
    sourceType: 'module',
    allowReturnOutsideFunction: true,
    allowUndeclaredExports: true,
    errorRecovery: true,
    plugins: kPlugins,
  }).program;
}

/// {params, main, preprocessor, preprocessor_params?, functions?, error?}: see docs/driver-protocol.md, "Signatures".
export function parseSignature(source) {
  let program;
  try {
    program = parse(source);
  } catch (error) {
    return { params: [], main: 'invalid', preprocessor: 'none', error: String(error.message) };
  }
  const functions = new Map();
  const aliases = new Map();
  for (const statement of program.body) {
    const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
    if (!node) continue;
    if (node.type === 'FunctionDeclaration' || node.type === 'TSDeclareFunction') functions.set(node.id.name, node);
    else if (node.type === 'TSTypeAliasDeclaration') aliases.set(node.id.name, node.typeAnnotation);
  }

  const signature = { params: [], main: 'lib', preprocessor: 'none' };
  const main = functions.get('main');
  if (main) {
    signature.main = 'function';
    const parsed = parseParams(main, aliases);
    signature.params = parsed.params;
    if (parsed.error) {
      signature.main = 'invalid';
      signature.error = parsed.error;
    }
  }
  const preprocessor = functions.get('preprocessor');
  if (preprocessor) {
    const parsed = parseParams(preprocessor, aliases);
    signature.preprocessor = preprocessorVersion(parsed.params);
    signature.preprocessor_params = parsed.params;
    if (parsed.error) {
      signature.main = 'invalid';
      signature.error = parsed.error;
    }
  }
  for (const [name, node] of functions) {
    if (name === 'main' || name === 'preprocessor') continue;
    const parsed = parseParams(node, aliases);
    if (parsed.error) continue;
    signature.functions ??= Object.create(null);
    signature.functions[name] = parsed.params;
  }
  return signature;
}

/// V1 when there is a parameter `wm_trigger`, or there are parameters and none is called `event`.
function preprocessorVersion(params) {
  const names = params.map((param) => param.name);
  if (names.includes('wm_trigger')) return 'v1';
  return names.length === 0 || names.includes('event') ? 'v2' : 'v1';
}

function parseParams(node, aliases) {
  const params = [];
  let anonymous = 0;
  for (let param of node.params) {
    let hasDefault = false;
    if (param.type === 'AssignmentPattern') {
      hasDefault = true;
      param = param.left;
    }
    const entry = { name: '' };
    if (param.type === 'Identifier') {
      // `this` is a type annotation only; nothing is passed for it.
      if (param.name === 'this') continue;
      entry.name = param.name;
    } else if (param.type === 'ObjectPattern') {
      entry.name = `anon${++anonymous}`;
    } else {
      const what = param.type === 'RestElement' ? 'a rest parameter' : 'an array pattern';
      return { params: [], error: `the parameters of ${node.id.name} cannot be matched by name: ${what}` };
    }
    if (isDate(param.typeAnnotation?.typeAnnotation, aliases, 0)) entry.type = 'date';
    if (hasDefault || param.optional) entry.hasDefault = true;
    params.push(entry);
  }
  return { params };
}

function isDate(type, aliases, depth) {
  // An alias may refer to itself.
  if (!type || depth > 8) return false;
  switch (type.type) {
    case 'TSParenthesizedType':
      return isDate(type.typeAnnotation, aliases, depth + 1);
    case 'TSUnionType': {
      const rest = type.types.filter((t) => t.type !== 'TSUndefinedKeyword' && t.type !== 'TSNullKeyword');
      return rest.length === 1 && isDate(rest[0], aliases, depth + 1);
    }
    case 'TSTypeReference': {
      const name = type.typeName;
      if (name.type === 'TSQualifiedName') return name.right.name === 'Date';
      if (name.name === 'Date') return true;
      return isDate(aliases.get(name.name), aliases, depth + 1);
    }
    default:
      return false;
  }
}
