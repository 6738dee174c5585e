import { createAnthropic } from '@ai-sdk/anthropic';
import { suiteOf } from './ai-cases.mjs';

export const suite = suiteOf('ai-anthropic', {
  modelOf: (t, id, { key = t.key }) =>
    createAnthropic({ apiKey: key, baseURL: `${t.url}/v1`, fetch: t.fetch })(id),
  reasoning: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2048 } } },
});
