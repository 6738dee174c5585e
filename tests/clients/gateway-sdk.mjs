// Our own TypeScript SDK against the gateway, and what it makes of the other libraries' errors.
// It is compiled by its own tests; where nobody has run them there are no cases.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import Anthropic from '@anthropic-ai/sdk';
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { SIMULATED, Suite } from './cases.mjs';
import { thrownBy } from './situation.mjs';

const built = new URL('../../sdk/typescript/dist/esm/index.js', import.meta.url);
const sdk = existsSync(built) ? await import(built.href) : null;

export const suite = new Suite('gateway-sdk');
const on = (name, run) => sdk && suite.on(SIMULATED, name, run);

const gatewayOf = (t, apiKey = t.key) =>
  new sdk.ArdaGateway({ apiKey, baseUrl: t.url, fetch: t.fetch });

async function paidRequest(t) {
  const answer = await fetch(`${t.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${t.key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: t.model(), messages: [{ role: 'user', content: 'Hello' }] }),
  });
  const { usage } = await answer.json();
  return { id: answer.headers.get('x-arda-generation-id'), usage };
}

on('the receipt of a request says what its answer said', async (t) => {
  const { id, usage } = await paidRequest(t);
  const { receipt, jws } = await gatewayOf(t).getGeneration(id);
  assert.equal(receipt.id, id);
  assert.equal(Number(receipt.totalNanoUsd) / 1e9, usage.cost);
  assert.equal(
    BigInt(receipt.baseNanoUsd) +
      BigInt(receipt.gatewayMarkupNanoUsd) +
      BigInt(receipt.resellerMarkupNanoUsd),
    BigInt(receipt.totalNanoUsd),
  );
  assert.equal(receipt.app, null);
  const signed = JSON.parse(Buffer.from(jws.split('.')[1], 'base64url').toString());
  assert.equal(signed.id, id);
  // What is signed and what is answered have the same members.
  const { object, ...members } = signed;
  assert.equal(object, 'receipt');
  assert.equal(Object.keys(members).length, Object.keys(receipt).length);
});

on('a receipt that is not there is a typed error', async (t) => {
  const error = await thrownBy(gatewayOf(t).getGeneration('gen_nobody'));
  assert.ok(error instanceof sdk.GatewayApiError, String(error));
  assert.equal(error.status, 404);
  assert.equal(error.code, 'not_found');
  assert.match(error.requestId, /^req_/);
  assert.equal(sdk.evaluateGatewayInferenceRecovery(error).action, 'none');
});

on('a wrong key is told to reconnect', async (t) => {
  const error = await thrownBy(gatewayOf(t, 'gw_sk_wrong').getGeneration('gen_1'));
  assert.equal(error.status, 401);
  assert.equal(error.denial.action, 'reconnect');
  assert.equal(sdk.evaluateGatewayInferenceRecovery(error).action, 'reconnect');
});

on('a key that has ended itself is refused from then on', async (t) => {
  const gateway = gatewayOf(t, t.slowKey);
  assert.equal(await gateway.revoke(), undefined);
  const error = await thrownBy(gateway.revoke());
  assert.ok(error instanceof sdk.GatewayApiError, String(error));
  assert.equal(error.code, 'key_revoked');
  assert.equal(sdk.evaluateGatewayInferenceRecovery(error).reason, 'key_revoked');
});

const prompt = { prompt: 'Hi', maxOutputTokens: 16_000, maxRetries: 0 };
const messages = [{ role: 'user', content: 'Hi' }];
const poor = {
  openai: (t) =>
    new OpenAI({ apiKey: t.poorKey, baseURL: `${t.url}/v1` }).chat.completions.create({
      model: t.model(),
      messages,
      max_tokens: 16_000,
    }),
  Anthropic: (t) =>
    new Anthropic({ apiKey: t.poorKey, baseURL: t.url }).messages.create({
      model: t.model(),
      messages,
      max_tokens: 16_000,
    }),
  'the AI SDK with OpenAI': (t) => {
    const provider = createOpenAI({ apiKey: t.poorKey, baseURL: `${t.url}/v1` });
    return generateText({ model: provider(t.model()), ...prompt });
  },
  'the AI SDK with Anthropic': (t) => {
    const provider = createAnthropic({ apiKey: t.poorKey, baseURL: `${t.url}/v1` });
    return generateText({ model: provider(t.model()), ...prompt });
  },
  'a stream of the AI SDK': async (t) => {
    const provider = createOpenAI({ apiKey: t.poorKey, baseURL: `${t.url}/v1` });
    const model = provider(t.model());
    for await (const part of streamText({ model, ...prompt, onError() {} }).fullStream) {
      if (part.type === 'error') throw part.error;
    }
  },
};

for (const [library, ask] of Object.entries(poor)) {
  on(`the way out of a low balance is read from ${library}`, async (t) => {
    const returnUrl = 'myapp://billing/complete';
    const error = await thrownBy(ask(t));
    const recovery = sdk.evaluateGatewayInferenceRecovery(error, { returnUrl });
    assert.equal(recovery.action, 'open_portal', String(error?.stack));
    assert.equal(recovery.reason, 'insufficient_balance');
    assert.deepEqual(recovery.portalOptions, {
      purpose: 'topup',
      returnUrl,
      suggestedTopupCents: 500,
    });
    assert.match(recovery.message, /balance/);
  });
}
