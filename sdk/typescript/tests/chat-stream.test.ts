import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArdaGateway, type GatewayChatCompletionChunk } from '../src/index.js';

const request = { model: 'arda/auto', messages: [{ role: 'user' as const, content: 'Hi' }] };

let server: Server;
let gateway: ArdaGateway;
let answer: (response: ServerResponse) => void;
let gone: Promise<void>;

beforeEach(async () => {
  let left: () => void;
  gone = new Promise((resolve) => (left = resolve));
  server = createServer((incoming, response) => {
    incoming.resume();
    response.on('close', () => left());
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'x-gateway-balance-cents': '100',
    });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  gateway = new ArdaGateway({ apiKey: 'gw_sk_x', baseUrl });
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function chunk(content: string, usage: object | null = null): string {
  const choices = usage ? [] : [{ index: 0, delta: { content }, finish_reason: null }];
  return JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices, usage });
}

const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, cost: 0.5 };
const WHOLE = `data: ${chunk('a')}\n\ndata: ${chunk('b')}\n\ndata: ${chunk('', usage)}\n\ndata: [DONE]\n\n`;

async function textOf(stream: AsyncIterable<GatewayChatCompletionChunk>): Promise<string> {
  let text = '';
  for await (const one of stream) text += one.choices[0]?.delta.content ?? '';
  return text;
}

const ask = (signal?: AbortSignal) =>
  gateway.createChatCompletionStreamWithMetadata(request, { signal });

describe('a stream', () => {
  it('has its metadata before its first piece', async () => {
    let begin = (): void => undefined;
    answer = (response) => {
      response.flushHeaders();
      begin = () => void response.end(WHOLE);
    };
    const result = await ask();
    expect(result.balance).toEqual({ balanceCents: 100, warning: null });
    begin();
    expect(await textOf(result.stream)).toBe('ab');
    expect(await result.final).toMatchObject({ usage, cost: { totalUsd: 0.5 } });
  });

  it.each([
    ['a byte at a time', (text: string) => [...Buffer.from(text)].map((byte) => Buffer.of(byte))],
    ['with carriage returns', (text: string) => [text.replaceAll('\n', '\r\n')]],
    ['with bare carriage returns', (text: string) => [text.replaceAll('\n', '\r')]],
    ['with comments and other fields', (t: string) => [`: hi\n\nretry: 1\nid: 7\n\n${t}`]],
  ])('is read %s', async (_, split) => {
    const text = `data: ${chunk('é😀')}\n\n${WHOLE}`;
    answer = (response) => {
      for (const part of split(text)) response.write(part);
      response.end();
    };
    expect(await textOf((await ask()).stream)).toBe('é😀ab');
  });

  it('aborts its request when the loop ends early', async () => {
    answer = (response) => void response.write(`data: ${chunk('a')}\n\n`);
    const result = await ask();
    for await (const _ of result.stream) break;
    await gone;
    expect(await result.final).toEqual({
      usage: null,
      cost: null,
      balance: { balanceCents: 100, warning: null },
    });
    expect(await result.stream.next()).toEqual({ done: true, value: undefined });
  });

  it('aborts its request when the loop throws', async () => {
    answer = (response) => void response.write(`data: ${chunk('a')}\n\n`);
    const { stream } = await ask();
    const loop = async () => {
      for await (const _ of stream) throw new Error('mine');
    };
    await expect(loop()).rejects.toThrow('mine');
    await gone;
  });

  it('ends with the reason of its signal, in the loop and in the end', async () => {
    answer = (response) => void response.write(`data: ${chunk('a')}\n\n`);
    const control = new AbortController();
    const result = await ask(control.signal);
    const loop = async () => {
      for await (const _ of result.stream) control.abort(new Error('enough'));
    };
    await expect(loop()).rejects.toThrow('enough');
    await expect(result.final).rejects.toThrow('enough');
    await gone;
  });

  it('reads itself when only its end is waited for, and keeps the pieces', async () => {
    answer = (response) => void response.end(WHOLE);
    const result = await ask();
    expect((await result.final).usage).toEqual(usage);
    expect(await textOf(result.stream)).toBe('ab');
  });

  it('may be read and waited for at once', async () => {
    answer = (response) => void response.end(WHOLE);
    const { stream, final } = await ask();
    const [end, text] = await Promise.all([final, textOf(stream)]);
    expect([end.usage, text]).toEqual([usage, 'ab']);
  });

  it('that is cut fails its reader, and nobody else who does not look', async () => {
    answer = (response) => void response.write(`data: ${chunk('a')}\n\n`, () => response.destroy());
    const result = await ask();
    await expect(textOf(result.stream)).rejects.toMatchObject({ code: 'connection_failed' });
    await expect(result.final).rejects.toMatchObject({ code: 'connection_failed' });
  });

  it('keeps its connection for the next request', async () => {
    const ports: (number | undefined)[] = [];
    answer = (response) => {
      ports.push(response.req.socket.remotePort);
      response.end(WHOLE);
    };
    for (let i = 0; i < 3; i++) {
      await textOf((await ask()).stream);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(new Set(ports).size).toBe(1);
  });

  it('that is no stream is refused as unreadable', async () => {
    const fetch = () => Promise.resolve(new Response('<html>', { status: 200 }));
    const other = new ArdaGateway({ apiKey: 'gw_sk_x', fetch });
    await expect(other.createChatCompletionStreamWithMetadata(request)).rejects.toMatchObject({
      code: 'invalid_response',
    });
  });
});
