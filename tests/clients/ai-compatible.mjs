import assert from 'node:assert/strict';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embedMany } from 'ai';
import { suiteOf } from './ai-cases.mjs';
import { SIMULATED } from './cases.mjs';

const providerOf = (t, { key = t.key } = {}) =>
  createOpenAICompatible({
    name: 'arda',
    apiKey: key,
    baseURL: `${t.url}/v1`,
    fetch: t.fetch,
    includeUsage: true,
    supportsStructuredOutputs: true,
  });

export const suite = suiteOf('ai-compatible', {
  modelOf: (t, id, options) => providerOf(t, options)(id),
  reasoning: { arda: { reasoningEffort: 'low' } },
});

suite.on([...SIMULATED, 'recorded-chat'], 'embedMany', async (t) => {
  const model = t.isRecorded ? t.model('embeddings') : 'simulated/embed';
  const { embeddings } = await embedMany({
    model: providerOf(t).embeddingModel(model),
    values: ['Hello, world!'],
  });
  assert.ok(embeddings[0].length >= 256 && embeddings[0].every(Number.isFinite));
});
