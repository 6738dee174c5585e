// What the package promises as text: its surface, and every snippet that people copy.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import * as sdk from '../src/index.js';

const root = join(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const shared = process.env['ARDA_SHARED'] ?? join(root, '../../../shared');
const guideFile = join(shared, 'spec', 'integration-guide.txt');
const require = createRequire(import.meta.url);
const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');

interface ApiScript {
  surface(): string;
  accepted(): string;
}

it('exports what api.txt says; `npm run api` accepts a change', async () => {
  const { surface, accepted } = (await import(join(root, 'scripts/api.mjs'))) as ApiScript;
  expect(surface()).toBe(accepted());
});

it('explains every export in a doc comment', () => {
  const undocumented = readFileSync(join(root, 'dist/esm/index.d.ts'), 'utf8')
    .match(/'\.\/[\w-]+\.js'/g)!
    .map((name) => join(root, 'dist/esm', name.slice(1, -1).replace('.js', '.d.ts')))
    .flatMap((file) => {
      const text = readFileSync(file, 'utf8');
      return [...text.matchAll(/(\*\/\n)?^export (?:declare )?\w+ (\w+)/gm)]
        .filter(([, comment, name]) => comment === undefined && isPublic(name!))
        .map(([, , name]) => name);
    });
  expect(undocumented).toEqual([]);
});

function isPublic(name: string): boolean {
  return readFileSync(join(root, 'dist/esm/index.d.ts'), 'utf8').includes(` ${name},`);
}

it('names the RFC in the documentation of each OAuth function', () => {
  for (const file of ['oauth', 'device', 'callback']) {
    const text = readFileSync(join(root, `dist/esm/${file}.d.ts`), 'utf8');
    for (const [, comment, name] of text.matchAll(
      /\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport declare function (\w+)/g,
    )) {
      if (name! in sdk && name !== 'getGatewayOAuthAuthorizeInfo')
        expect(comment).toMatch(/RFC \d{4}/);
    }
  }
});

it('compiles every snippet of the README under strict', () => {
  const snippets = [...readme.matchAll(/^```ts[^\n]*\n([^]*?)^```$/gm)].map(([, text]) => text!);
  expect(snippets.length).toBeGreaterThan(6);
  compile('readme', snippets);
});

const openai = join(root, '../../tests/clients/node_modules/openai/index.d.mts');

it.skipIf(!existsSync(openai))('takes what is typed for the openai package', () => {
  const text = `
    import type OpenAI from 'openai';
    import type {
      ArdaGateway,
      GatewayChatCompletion,
      GatewayChatCompletionChunk,
    } from '@arda/gateway-sdk';
    export async function use(
      gateway: ArdaGateway,
      params: OpenAI.ChatCompletionCreateParamsNonStreaming,
      messages: OpenAI.ChatCompletionMessageParam[],
      whole: GatewayChatCompletion,
      chunk: GatewayChatCompletionChunk,
    ) {
      await gateway.createChatCompletionWithMetadata(params);
      await gateway.createChatCompletionStreamWithMetadata({ ...params, messages, top_k: 3 });
      const message: Pick<OpenAI.ChatCompletionMessage, 'content' | 'role' | 'refusal'> | undefined =
        whole.choices[0]?.message;
      const delta: OpenAI.ChatCompletionChunk.Choice.Delta | undefined = chunk.choices[0]?.delta;
      // @ts-expect-error: nobody has this role.
      await gateway.createChatCompletionWithMetadata({ model: 'x', messages: [{ role: 'robot' }] });
      return [message, delta];
    }`;
  compile('openai', [text], { paths: { openai: [openai] }, skipLibCheck: true });
});

it.skipIf(!existsSync(guideFile))('shows the snippets of the integration guide, unmodified', () => {
  const guide = readFileSync(guideFile, 'utf8');
  const connect = between(guide, 'import {\n  buildGateway', '\n\nSDK helpers default to');
  const check = between(guide, 'const bootstrap =', '\n\nAutoRoute + billing');
  const ask = between(guide, 'const selectedModel =', '\n\nFor chat UIs');
  const stream = between(
    guide,
    'const result = await connected.gateway.createChatCompletionStream',
    '\n\nDevice and',
  );
  const device = between(guide, 'import {\n  startGateway', '\n\nOpenAI-compatible fallback');
  compile('guide', [[connect, check, ask, stream].join('\n\n'), device]);
  expect(readmeSnippet('connect')).toBe(connect);
  expect(readmeSnippet('device')).toBe(device);
});

function readmeSnippet(name: string): string {
  return between(readme, `<!-- guide: ${name} -->`, '\n```\n').split('```ts\n')[1]!;
}

function between(text: string, from: string, to: string): string {
  const start = text.indexOf(from);
  const end = text.indexOf(to, start);
  if (start < 0 || end < 0) throw new Error(`Not found: ${from}`);
  return text.slice(start, end);
}

const READER =
  'declare const code: string;\ndeclare function appendToTranscript(text: string): void;\n';

/** Against the package as it is published, by its own name. */
function compile(folder: string, snippets: string[], more: object = {}): void {
  const out = join(root, 'dist', 'snippets', folder);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  // The names that the guide leaves to its reader.
  writeFileSync(join(out, 'reader.d.ts'), READER);
  snippets.forEach((text, index) => writeFileSync(join(out, `${index}.ts`), text));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: 'ES2022',
    lib: ['ES2022', 'DOM'],
    types: [],
    module: 'nodenext',
    ...more,
  };
  writeFileSync(join(out, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
  try {
    execFileSync(process.execPath, [tsc, '-p', out], { encoding: 'utf8' });
  } catch (error) {
    throw new Error((error as { stdout: string }).stdout, { cause: error });
  }
}
