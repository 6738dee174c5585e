import assert from 'node:assert/strict';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embedMany, generateText } from 'ai';
import { suiteOf } from './ai-cases.mjs';
import { SIMULATED } from './cases.mjs';
import { thrownBy } from './situation.mjs';

const providerOf = (t, { key = t.key } = {}) =>
  createOpenAI({ apiKey: key, baseURL: `${t.url}/v1`, fetch: t.fetch });

export const suite = suiteOf('ai-openai', {
  // What an app gets unasked: the Responses API.
  modelOf: (t, id, options) => providerOf(t, options)(id),
  reasoning: {
    openai: {
      reasoningEffort: 'low',
      reasoningSummary: 'auto',
      store: false,
      include: ['reasoning.encrypted_content'],
      // The provider knows reasoning models by OpenAI's names alone.
      forceReasoning: true,
    },
  },
  whole: { openai: { store: false } },
});

suite.on([...SIMULATED, 'recorded-chat'], 'embedMany', async (t) => {
  const model = t.isRecorded ? t.model('embeddings') : 'simulated/embed';
  const { embeddings } = await embedMany({
    model: providerOf(t).embedding(model),
    values: ['Hello, world!'],
  });
  assert.ok(embeddings[0].length >= 256 && embeddings[0].every(Number.isFinite));
});

// Unless told `store: false` this provider sends its own earlier words as references to items that
// OpenAI would have stored. The refusal names the way out.
suite.on(['simulated', 'over-chat', 'recorded-responses'], 'a reference to history', async (t) => {
  const messages = [{ role: 'user', content: 'Hello' }];
  const request = { model: providerOf(t)(t.model('plain')), messages };
  messages.push(...(await generateText(request)).response.messages);
  messages.push({ role: 'user', content: 'And now?' });
  const error = await thrownBy(generateText(request));
  assert.ok(APICallError.isInstance(error), String(error));
  assert.equal(error.statusCode, 400);
  assert.ok(error.message.includes("'store': false"), error.message);
  const whole = { ...request, providerOptions: { openai: { store: false } } };
  t.says('plain', (await generateText(whole)).text);
});
