// What the integration guide shows, character for character but for key, address and model id.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { SIMULATED, Suite } from './cases.mjs';

export const suite = new Suite('guide');

suite.on(SIMULATED, 'OpenAI-compatible fallback', async (t) => {
  const client = new OpenAI({
    apiKey: t.key,
    baseURL: `${t.url}/v1`,
  });

  const res = await client.chat.completions.create({
    model: 'arda/auto',
    messages: [{ role: 'user', content: 'Hello' }],
  });

  assert.ok(res.choices[0].message.content.length > 0);
  assert.notEqual(res.model, 'arda/auto');
});

suite.on(SIMULATED, 'Anthropic SDK (TypeScript)', async (t) => {
  const client = new Anthropic({
    apiKey: t.key,
    baseURL: t.url,
  });

  const res = await client.messages.create({
    model: 'claude-sonnet-4-6',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hello' }],
  });

  assert.ok(res.content[0].text.length > 0);
});

suite.on(SIMULATED, 'Python (openai), as Node says it', async (t) => {
  const client = new OpenAI({ apiKey: t.key, baseURL: `${t.url}/v1` });
  const res = await client.chat.completions.create({
    model: 'claude-sonnet-4-6',
    messages: [{ role: 'user', content: 'Hello' }],
  });
  assert.equal(res.choices[0].finish_reason, 'stop');
});

suite.on(SIMULATED, 'curl', async (t) => {
  const script = `
curl --silent --include ${t.url}/v1/chat/completions \\
  -H "Authorization: Bearer ${t.key}" \\
  -H "Content-Type: application/json" \\
  -d '{
    "model": "claude-sonnet-4-6",
    "messages": [{"role": "user", "content": "Hello"}]
  }'`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script]);
  const end = stdout.indexOf('\r\n\r\n');
  const head = stdout.slice(0, end);
  assert.match(head, /^HTTP\/1\.1 200/);
  for (const name of [
    'X-Gateway-Balance-Cents',
    'X-Arda-Selected-Model',
    'X-RateLimit-Limit',
    'X-RateLimit-Remaining',
  ]) {
    assert.match(head, new RegExp(`^${name}: `, 'im'));
  }
  assert.ok(JSON.parse(stdout.slice(end + 4)).choices[0].message.content.length > 0);
});
