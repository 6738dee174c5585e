// What npm would publish, installed in a fresh project and used as people use it.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { APP, REDIRECT, TestGateway } from './gateway.js';

const root = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'gateway-sdk-'));
// Set for the second Node: what does not depend on it has been looked at.
const everything = process.env['SDK_PLATFORM_ONLY'] === undefined;
let tarball: string;
let gateway: TestGateway;

// The same use in both kinds of module; `sdk` and `BASE_URL` stand before it.
const USE = `
(async () => {
  const given = { clientId: '${APP}', redirectUri: '${REDIRECT}', baseUrl: process.env.BASE_URL };
  const info = await sdk.getGatewayOAuthAuthorizeInfo(given);
  const auth = await sdk.createGatewayOAuthAuthorizationUrl(given);
  const allowed = await fetch(auth.url, { redirect: 'manual' });
  const { code } = sdk.parseGatewayOAuthCallback(allowed.headers.get('location'), {
    baseUrl: given.baseUrl,
    state: auth.state,
  });
  const connected = await sdk.exchangeGatewayOAuthCode({
    ...given,
    code,
    codeVerifier: auth.codeVerifier,
  });
  await connected.gateway.revoke();
  const again = await connected.gateway.revoke().catch((error) => error);
  console.log(info.name, connected.project.slug, again.code, again instanceof sdk.GatewayApiError);
})();
`;
const ESM = `import * as sdk from '@arda/gateway-sdk';\n${USE}`;
const CJS = `const sdk = require('@arda/gateway-sdk');\n${USE}`;
const OTHERS = [
  ['deno', ['run', '--allow-all', 'use.mjs']],
  ['bun', ['use.mjs']],
] as const;
const EXPECTED = 'Lens demo key_revoked true\n';

beforeAll(async () => {
  gateway = await TestGateway.start();
  // What is packed is what was built a moment ago; building it again would take it from under
  // the other tests.
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [packed] = JSON.parse(npm(pack, root)) as { filename: string }[];
  tarball = join(folder, packed!.filename.replace('@', '').replace('/', '-'));
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  npm(['install', '--offline', '--no-audit', '--no-fund', tarball], folder);
  writeFileSync(join(folder, 'use.mjs'), ESM);
  writeFileSync(join(folder, 'use.cjs'), CJS);
});

afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

function npm(args: string[], cwd: string): string {
  return execFileSync('npm', args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function binaryOf(name: string): string {
  const manifest = join(nodeModules(name), 'package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as {
    bin: string | Record<string, string>;
  };
  return join(dirname(manifest), typeof bin === 'string' ? bin : Object.values(bin)[0]!);
}

function nodeModules(name: string): string {
  const found = require.resolve.paths(name)!.map((path) => join(path, name));
  return found.find((path) => spawnSync('test', ['-d', path]).status === 0)!;
}

// Beside the test's own server, so the run may not block this process.
async function run(command: string, args: string[]): Promise<string> {
  const { execFile } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const env = { ...process.env, BASE_URL: gateway.url };
    execFile(command, args, { cwd: folder, env }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stdout}${stderr}`, { cause: error })) : resolve(stdout),
    );
  });
}

/** A test that only the first Node runs. */
function once(name: string, test: () => void | Promise<void>): void {
  if (everything) it(name, test);
}

describe('the packed package', () => {
  it('holds the two builds, their sources, licence and README, and nothing else', () => {
    const files = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).trim().split('\n');
    const others = files.filter(
      (file) =>
        !/^package\/(dist\/(esm|cjs)\/[\w-]+\.(js|d\.ts)(\.map)?|src\/[\w-]+\.ts)$/.test(file),
    );
    expect(others.sort()).toEqual([
      'package/LICENSE',
      'package/README.md',
      'package/dist/cjs/package.json',
      'package/dist/esm/package.json',
      'package/package.json',
    ]);
  });

  it('carries the licence of the repository, and no dependency', () => {
    const installed = join(folder, 'node_modules/@arda/gateway-sdk');
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as object;
    expect(manifest).toMatchObject({ license: 'Apache-2.0', author: 'Arda Gateway contributors' });
    expect(manifest).not.toHaveProperty('dependencies');
    expect(readFileSync(join(installed, 'LICENSE'), 'utf8')).toBe(
      readFileSync(join(root, '../../LICENSE'), 'utf8'),
    );
  });

  once('is clean for publint', () => {
    const said = execFileSync(process.execPath, [binaryOf('publint'), tarball, '--strict'], {
      encoding: 'utf8',
    });
    expect(said).toContain('All good!');
  });

  once('has types that fit every resolution, by Are The Types Wrong', () => {
    const attw = [binaryOf('@arethetypeswrong/cli'), tarball, '--format', 'json'];
    const said = execFileSync(process.execPath, attw, { encoding: 'utf8' });
    const { analysis } = JSON.parse(said) as { analysis: { problems: unknown[] } };
    expect(analysis.problems).toEqual([]);
  });

  it(`works as an ES module in Node ${process.version}`, async () => {
    expect(await run(process.execPath, ['use.mjs'])).toBe(EXPECTED);
  });

  it(`works as CommonJS in Node ${process.version}`, async () => {
    expect(await run(process.execPath, ['use.cjs'])).toBe(EXPECTED);
  });

  for (const [command, args] of everything ? OTHERS : []) {
    const missing = spawnSync(command, ['--version']).status !== 0;
    const why = missing ? ' (skipped: not installed)' : '';
    (missing ? it.skip : once)(`works in ${command}${why}`, async () => {
      expect(await run(command, [...args])).toBe(EXPECTED);
    });
  }

  once('gives its types to ES modules, CommonJS, and bundlers', () => {
    const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
    const text = `import { exchangeGatewayOAuthCode, type GatewayConnection } from '@arda/gateway-sdk';
      export const act = (code: string): Promise<GatewayConnection> =>
        exchangeGatewayOAuthCode({ clientId: 'a', redirectUri: 'b', code });`;
    for (const [file, module, resolution] of [
      ['types.mts', 'nodenext', 'nodenext'],
      ['types.cts', 'nodenext', 'nodenext'],
      ['types.ts', 'esnext', 'bundler'],
    ]) {
      writeFileSync(join(folder, file!), text);
      const how = ['--strict', '--noEmit', '--module', module!, '--moduleResolution', resolution!];
      const lib = ['--target', 'es2022', '--lib', 'es2022,dom', '--types', ''];
      const done = spawnSync(process.execPath, [tsc, ...how, ...lib, file!], {
        cwd: folder,
        encoding: 'utf8',
      });
      expect(done.stdout).toBe('');
      expect(done.status).toBe(0);
    }
  });
});
