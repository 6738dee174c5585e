// The public surface as one text, api.txt, so that a change of it shows in review: every exported
// declaration without comments, in alphabetical order. `--write` accepts the present one.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const snapshot = join(root, 'api.txt');

/** The surface of the sources as they are now; throws when a name is used that nobody can import. */
export function surface() {
  const declarations = declarationsOf(emitted());
  const names = exportedNames(declarations);
  const shown = [...names].sort().map((name) => {
    const declaration = declarations.get(name);
    if (declaration === undefined) throw new Error(`${name} is exported, but declared nowhere.`);
    return declaration;
  });
  const text = shown.join('\n');
  // Types are capitalised; functions are named like members and are never part of a type.
  const hidden = [...declarations.keys()].filter((name) => /^[A-Z]/.test(name) && !names.has(name));
  const forgotten = hidden.filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  if (forgotten.length > 0) throw new Error(`Used, but not exported: ${forgotten.join(', ')}`);
  return text;
}

export function accepted() {
  return readFileSync(snapshot, 'utf8');
}

function emitted() {
  const tsc = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const out = join(root, 'dist', 'api');
  const how = ['--emitDeclarationOnly', '--declarationMap', 'false', '--removeComments'];
  execFileSync(process.execPath, [tsc, '-p', root, '--outDir', out, ...how], { stdio: 'inherit' });
  return readdirSync(out)
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => ({ name, text: readFileSync(join(out, name), 'utf8') }));
}

/** Every top-level declaration, exported or not, by its name. */
function declarationsOf(files) {
  const found = new Map();
  for (const { name: file, text } of files) {
    if (file === 'index.d.ts') {
      found.index = text;
      continue;
    }
    for (const statement of text.split(/^(?=export |declare |interface |type |import )/m)) {
      const name = /^(?:export )?(?:declare )?(?:class|function|interface|type|const) (\w+)/.exec(
        statement,
      )?.[1];
      if (name === undefined) continue;
      if (found.has(name)) throw new Error(`${name} is declared twice.`);
      found.set(name, statement.replace(/^export \{\};\n/m, ''));
      if (statement.startsWith('export ')) (found[file] ??= []).push(name);
    }
  }
  return found;
}

function exportedNames(declarations) {
  const names = new Set();
  for (const [, list, all, file] of declarations.index.matchAll(
    /^export (?:(?:type )?\{([^}]*)\}|(\*)) from '\.\/([\w-]+)\.js';/gm,
  )) {
    const these = all ? declarations[`${file}.d.ts`] : list.split(',');
    const trimmed = these.map((name) => name.trim().replace(/^type /, ''));
    for (const name of trimmed.filter(Boolean)) names.add(name);
  }
  return names;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const now = surface();
  if (process.argv.includes('--write')) writeFileSync(snapshot, now);
  else process.stdout.write(now);
}
