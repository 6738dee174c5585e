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

const hello = (t) => ({ model: t.model(), messages: [{ role: 'user', content: 'Hello' }] });

on('an answer comes with its metadata', async (t) => {
  const result = await gatewayOf(t).createChatCompletionWithMetadata(hello(t));
  assert.ok(result.completion.choices[0].message.content.length > 0);
  assert.ok(result.balance.balanceCents > 0);
  assert.equal(result.routing.selectedModel, t.model());
  assert.ok(result.rateLimit.remaining < result.rateLimit.limit);
  assert.match(result.requestId, /^req_/);
  assert.ok(result.cost.totalUsd > 0 && result.cost.baseUsd > 0);
  const { receipt } = await gatewayOf(t).getGeneration(result.generationId);
  assert.equal(Number(receipt.totalNanoUsd) / 1e9, result.cost.totalUsd);
  const page = await gatewayOf(t).listUsage({ limit: 200 });
  const entry = page.data.find((one) => one.generationId === result.generationId);
  assert.deepEqual(entry.cost, result.cost);
});

on('a stream ends with usage, cost and the balance after the charge', async (t) => {
  const result = await gatewayOf(t).createChatCompletionStreamWithMetadata(hello(t));
  assert.ok(result.balance.balanceCents > 0);
  let text = '';
  for await (const chunk of result.stream) text += chunk.choices[0]?.delta.content ?? '';
  assert.ok(text.length > 0);
  const { usage, cost, balance } = await result.final;
  assert.ok(usage.completion_tokens > 0 && cost.totalUsd > 0);
  assert.equal(balance.balanceCents, usage.balance_cents);
});

on('ending the loop aborts the request, which is charged for what it said', async (t) => {
  const request = hello(t);
  request.messages[0].content = 'Bridges [simulate: tokens=2000, token-ms=20]';
  const gateway = gatewayOf(t);
  const { stream, generationId } = await gateway.createChatCompletionStreamWithMetadata(request);
  for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break;
  const receipt = await t.receipt(generationId);
  assert.ok(receipt.usage.output < 2000, JSON.stringify(receipt.usage));
});

on('an idempotency key is answered once', async (t) => {
  const ask = () =>
    gatewayOf(t).createChatCompletionWithMetadata(hello(t), { idempotencyKey: 'sdk-once' });
  const first = await ask();
  const second = await ask();
  assert.deepEqual([first.isReplay, second.isReplay], [false, true]);
  assert.equal(second.generationId, first.generationId);
});

on('status, catalog, quote and bootstrap say the same', async (t) => {
  const gateway = gatewayOf(t);
  const usage = { inputTokens: 5_000, outputTokens: 1_000 };
  const status = await gateway.getStatus();
  const catalog = await gateway.getCatalog({ types: 'language', usage });
  const bootstrap = await gateway.getEmbeddedAppBootstrap({ models: { types: 'language', usage } });
  assert.deepEqual(bootstrap.status.project, status.project);
  assert.equal(bootstrap.status.autoReload.enabled, false);
  assert.deepEqual(bootstrap.catalog, catalog);
  assert.equal(bootstrap.billing.ready, true);
  assert.equal(bootstrap.recoveryInstruction.action, 'none');
  const option = bootstrap.modelOptions.find((one) => !one.isAutoRoute);
  const model = catalog.models.find((one) => one.id === option.id);
  assert.equal(option.disclosure, model.disclosure);
  assert.equal(option.estimatedCost.cost.totalUsd, model.estimated_cost.cost);
  const quote = await gateway.quote({ ...hello(t), max_tokens: 100 });
  assert.ok(quote.expected.cost.totalUsd <= quote.upperBound.cost.totalUsd);
});

on('a refused answer leads to a portal that is open', async (t) => {
  const gateway = gatewayOf(t, t.poorKey);
  const request = { ...hello(t), max_tokens: 16_000 };
  for (const ask of [
    () => gateway.createChatCompletionWithMetadata(request),
    () => gateway.createChatCompletionStreamWithMetadata(request),
  ]) {
    const error = await thrownBy(ask());
    assert.equal(error.status, 402);
    const recovery = sdk.evaluateGatewayInferenceRecovery(error);
    const portal = await gateway.createPortalSessionForRecovery(recovery);
    assert.match(portal.url, /\/billing\/open\//);
    const state = await gateway.getPortalSession(portal.id);
    assert.deepEqual([state.status, state.isFinal], ['open', false]);
  }
});

on('a call that waits for its user ends when it is told to', async (t) => {
  const control = new AbortController();
  const call = gatewayOf(t, t.poorKey).createChatCompletionWithMetadata(
    { ...hello(t), max_tokens: 16_000 },
    {
      signal: control.signal,
      waitForUser: { openPortal: () => void setTimeout(() => control.abort(), 300) },
    },
  );
  assert.equal((await thrownBy(call)).name, 'AbortError');
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
  'a stream of openai': (t) =>
    new OpenAI({ apiKey: t.poorKey, baseURL: `${t.url}/v1` }).chat.completions.create({
      model: t.model(),
      messages,
      max_tokens: 16_000,
      stream: true,
    }),
  'a stream of Anthropic': (t) =>
    new Anthropic({ apiKey: t.poorKey, baseURL: t.url }).messages
      .stream({ model: t.model(), messages, max_tokens: 16_000 })
      .finalMessage(),
  'openai Responses': (t) =>
    new OpenAI({ apiKey: t.poorKey, baseURL: `${t.url}/v1` }).responses.create({
      model: t.model(),
      input: 'Hi',
      max_output_tokens: 16_000,
    }),
  'a bare response': async (t) => {
    const response = await fetch(`${t.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${t.poorKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ model: t.model(), messages, max_tokens: 16_000 }),
    });
    throw { status: response.status, headers: response.headers, body: await response.text() };
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

const stranger = {
  openai: (t) =>
    new OpenAI({ apiKey: 'gw_sk_wrong', baseURL: `${t.url}/v1` }).models.list(),
  Anthropic: (t) =>
    new Anthropic({ apiKey: 'gw_sk_wrong', baseURL: t.url }).messages.create({
      model: t.model(),
      messages,
      max_tokens: 16,
    }),
  'the AI SDK': (t) => {
    const provider = createOpenAI({ apiKey: 'gw_sk_wrong', baseURL: `${t.url}/v1` });
    return generateText({ model: provider(t.model()), prompt: 'Hi', maxRetries: 0 });
  },
};

for (const [library, ask] of Object.entries(stranger)) {
  on(`a key that is none is to be connected again, by ${library}`, async (t) => {
    const recovery = sdk.evaluateGatewayInferenceRecovery(await thrownBy(ask(t)));
    assert.deepEqual([recovery.action, recovery.reason], ['reconnect', 'invalid_key']);
  });
}

const missing = {
  openai: (t) =>
    new OpenAI({ apiKey: t.key, baseURL: `${t.url}/v1` }).chat.completions.create({
      model: 'x-99',
      messages,
    }),
  Anthropic: (t) =>
    new Anthropic({ apiKey: t.key, baseURL: t.url }).messages.create({
      model: 'x-99',
      messages,
      max_tokens: 16,
    }),
};

for (const [library, ask] of Object.entries(missing)) {
  on(`an unknown model is no billing matter, by ${library}`, async (t) => {
    assert.equal(sdk.evaluateGatewayInferenceRecovery(await thrownBy(ask(t))).action, 'none');
  });
}
