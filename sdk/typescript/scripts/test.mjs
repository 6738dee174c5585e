// Builds, then runs the tests with this Node and with the one that tests/clients pins, so that the
// oldest and a newer Node are both looked at. The last line adds both up. Arguments go to vitest.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const vitest = join(
  dirname(createRequire(import.meta.url).resolve('vitest/package.json')),
  'vitest.mjs',
);
const folder = mkdtempSync(join(tmpdir(), 'gateway-sdk-tests-'));

// npm puts a workspace's own binaries first; this is the Node that the contributor has.
const own = process.env.npm_node_execpath ?? process.execPath;
const pinned = join(root, '../../tests/clients/node_modules/node/bin/node');

const versionOf = (node) => execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
const nodes = new Map([[versionOf(own), own]]);
if (existsSync(pinned)) nodes.set(versionOf(pinned), pinned);
else console.log('Another Node: skipped, because nobody has run npm ci in tests/clients.');

execFileSync(process.execPath, [join(root, 'scripts/build.mjs')], { stdio: 'inherit' });

const total = { passed: 0, failed: 0, skipped: 0 };
let status = 0;
for (const [version, node] of nodes) {
  console.log(`TypeScript SDK on Node ${version}`);
  const report = join(folder, `${version}.json`);
  const how = ['run', '--reporter=default', '--reporter=json', `--outputFile=${report}`];
  const first = node === own ? {} : { SDK_PLATFORM_ONLY: '1' };
  // The browser and the compiler do not depend on Node; once is enough.
  const once = node === own ? [] : ['chromium', 'surface'].flatMap((name) => excluded(name));
  const colour = process.stdout.isTTY ? {} : { NO_COLOR: '1' };
  const env = { ...process.env, ...first, ...colour };
  const done = spawnSync(node, [vitest, ...how, ...once, ...process.argv.slice(2)], {
    cwd: root,
    env,
    stdio: 'inherit',
  });
  if (done.status !== 0) status = 1;
  if (!existsSync(report)) total.failed += 1;
  else count(JSON.parse(readFileSync(report, 'utf8')));
}
rmSync(folder, { recursive: true, force: true });
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(status);

function excluded(name) {
  return ['--exclude', `tests/${name}.test.ts`];
}

function count(report) {
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests;
  total.skipped += report.numPendingTests + report.numTodoTests;
  // A file that does not load has no tests to fail.
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  );
  total.failed += broken.length;
}
