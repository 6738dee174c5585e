// Replays the golden transcripts of /wire; its README says how they are to be read.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import * as sdk from '../src/index.js';

interface Transcript {
  about: string;
  call: string;
  options: Record<string, unknown>;
  request: {
    method: string;
    path: string;
    query?: Record<string, string>;
    headers: Record<string, string | null>;
    form?: Record<string, string>;
    json?: unknown;
  };
  response: { status: number; headers: Record<string, string>; body?: unknown };
  answer?: unknown;
  error?: Record<string, unknown> & { kind: string };
}

const folder = join(import.meta.dirname, '../../../wire');
const names = existsSync(folder)
  ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.json'),
    )
  : [];

it.skipIf(names.length === 0).each(names.sort())('%s', async (name) => {
  const transcript = JSON.parse(readFileSync(join(folder, name), 'utf8')) as Transcript;
  const sent: { url: string; init: RequestInit }[] = [];
  const fetch: sdk.GatewayFetch = (url, init = {}) => {
    sent.push({ url, init });
    return Promise.resolve(responseOf(transcript.response));
  };
  const outcome = await run(transcript, fetch).then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  expect(sent).toHaveLength(1);
  checkRequest(transcript.request, sent[0]!);
  if ('error' in outcome) checkError(transcript.error, outcome.error);
  else expect(withoutClient(outcome.answer)).toEqual(transcript.answer);
});

async function run({ call, options }: Transcript, fetch: sdk.GatewayFetch): Promise<unknown> {
  const [first, method] = call.split('.');
  if (method === undefined) {
    const act = sdk[first as 'exchangeGatewayOAuthCode'] as (options: object) => Promise<unknown>;
    return act({ ...options, fetch });
  }
  const { apiKey, ...rest } = options;
  const gateway = new sdk.ArdaGateway({ apiKey: apiKey as string, fetch });
  const given = Object.keys(rest).length === 0 ? [] : ['id' in rest ? rest['id'] : rest];
  const act = gateway[method as 'revoke'] as (...given: unknown[]) => Promise<unknown>;
  return readOut(await act.apply(gateway, given));
}

/** A stream as the list of its pieces. */
async function readOut(answer: unknown): Promise<unknown> {
  const { stream, final } = (answer ?? {}) as Partial<sdk.GatewayChatCompletionStreamResult>;
  if (stream === undefined) return answer;
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  return { ...(answer as object), stream: pieces, final: await final };
}

function responseOf({ status, headers, body }: Transcript['response']): Response {
  const text = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
  return new Response(text, { status, headers });
}

function checkRequest(expected: Transcript['request'], sent: { url: string; init: RequestInit }) {
  const url = new URL(sent.url);
  const headers = new Headers(sent.init.headers);
  expect(url.origin).toBe('https://gateway.ardabot.ai');
  expect(sent.init.method).toBe(expected.method);
  expect(url.pathname).toBe(expected.path);
  expect(parameters(url.search)).toEqual(sorted(expected.query));
  const body = (sent.init.body as string | undefined) ?? '';
  if (expected.json === undefined) expect(parameters(body)).toEqual(sorted(expected.form));
  else expect(JSON.parse(body)).toEqual(expected.json);
  for (const [name, value] of Object.entries(expected.headers)) {
    expect([name, headers.get(name)]).toEqual([name, value]);
  }
}

function parameters(text: string): [string, string][] {
  return [...new URLSearchParams(text)].sort();
}

function sorted(parameters: Record<string, string> = {}): [string, string][] {
  return Object.entries(parameters).sort();
}

function checkError(expected: Transcript['error'], error: unknown): void {
  const { kind, ...members } = expected ?? { kind: 'none' };
  expect(error).toBeInstanceOf(sdk[kind as 'GatewayError']);
  expect((error as Error).name).toBe(kind);
  expect(error).toMatchObject(members);
}

function withoutClient(answer: unknown): unknown {
  if (answer === undefined) return null;
  const { gateway: _, ...rest } = answer as Record<string, unknown>;
  return rest;
}
