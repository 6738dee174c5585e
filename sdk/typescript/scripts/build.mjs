// Two plain compilations, readable as they are and mapped to the sources beside them: dist/esm and
// dist/cjs. Each folder says itself which kind of module it holds.
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const tsc = join(
  dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
  'bin',
  'tsc',
);

rmSync(join(root, 'dist'), { recursive: true, force: true });
const kinds = { esm: 'module', cjs: 'commonjs' };
for (const [folder, type] of Object.entries(kinds)) {
  const out = join(root, 'dist', folder);
  const how =
    folder === 'esm'
      ? []
      : [
          '--module',
          'commonjs',
          '--moduleResolution',
          'bundler',
          '--verbatimModuleSyntax',
          'false',
        ];
  mkdirSync(out, { recursive: true });
  execFileSync(process.execPath, [tsc, '-p', root, '--outDir', out, ...how], { stdio: 'inherit' });
  writeFileSync(join(out, 'package.json'), `${JSON.stringify({ type })}\n`);
}
