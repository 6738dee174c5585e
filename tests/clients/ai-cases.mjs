// The cases of the Vercel AI SDK are the same for each of its providers: what differs is how a
// provider names reasoning and what it sends of the history.
import assert from 'node:assert/strict';
import {
  APICallError,
  RetryError,
  generateText,
  isStepCount,
  jsonSchema,
  Output,
  streamText,
  tool,
} from 'ai';
import { z } from 'zod';
import { EVERYWHERE, OVER, SIMULATED, Suite } from './cases.mjs';
import { isLowBalance, PDF, PNG, thrownBy } from './situation.mjs';

const STREAMED_TOOLS = [...SIMULATED, ...OVER, 'recorded-chat', 'recorded-messages', 'recorded-gemini'];
const Shape = {
  'recorded-chat': z.object({ answer: z.string(), steps: z.array(z.string()) }),
  'recorded-responses': z.object({ animal_data_list: z.array(z.string()) }),
  'recorded-messages': z.object({ joke: z.string(), rating: z.number() }),
  'recorded-gemini': z.object({ city: z.string(), country: z.string() }),
};
const shapeOf = (t) =>
  Shape[t.upstream] ??
  z.object({
    title: z.string(),
    size: z.number().int(),
    kind: z.enum(['small', 'large']),
    parts: z.array(z.object({ name: z.string(), note: z.string().nullable() })),
  });

/** Tools that note who called them. */
function toolsOf(t, scene, seen) {
  return Object.fromEntries(
    t.tools(scene).map(({ name, description, schema }) => [
      name,
      tool({
        description,
        inputSchema: jsonSchema(schema),
        execute: async (input) => {
          seen.push([name, input]);
          return 'sunny 17';
        },
      }),
    ]),
  );
}

/** The parts of a stream; an error among them is thrown, as an app would do. */
async function partsOf(result) {
  const parts = [];
  for await (const part of result.fullStream) {
    parts.push(part);
    if (part.type === 'error') {
      throw part.error;
    }
  }
  return parts;
}

const noise = { onError: () => {} };

/**
 * @param client names the suite
 * @param modelOf makes the provider's model of a situation: (t, id, {key}) => model
 * @param reasoning the provider's options that ask for thoughts
 * @param whole the provider's options to send history whole, where it leaves some of it out unasked
 */
export function suiteOf(client, { modelOf, reasoning, whole = {} }) {
  const suite = new Suite(client);
  const on = (upstreams, name, run) =>
    suite.on(upstreams, name, (t) => run(t, (scene) => modelOf(t, t.model(scene), {})));

  on(EVERYWHERE, 'plain answer', async (t, model) => {
    const result = await generateText({ model: model('plain'), prompt: 'Hello, world!' });
    t.says('plain', result.text);
    assert.equal(result.finishReason, 'stop');
    assert.ok(result.usage.inputTokens > 0 && result.usage.outputTokens > 0);
    assert.ok(result.usage.raw.cost > 0, JSON.stringify(result.usage));
    await t.receipt(t.lastHeaders.get('x-arda-generation-id'));
  });

  on(EVERYWHERE, 'streamText', async (t, model) => {
    const result = streamText({ model: model('stream'), prompt: 'Say this is a test', ...noise });
    const parts = await partsOf(result);
    const text = parts.filter((part) => part.type === 'text-delta').map((part) => part.text);
    assert.equal(await result.text, text.join(''));
    t.says('stream', await result.text);
    assert.equal(await result.finishReason, 'stop');
    const usage = await result.usage;
    assert.ok(usage.outputTokens > 0);
    assert.ok(usage.raw.cost > 0, JSON.stringify(usage));
  });

  on(EVERYWHERE, 'tool loop of generateText', async (t, model) => {
    const seen = [];
    const result = await generateText({
      model: model('tools'),
      prompt: 'What is the weather in Paris and in Oslo?',
      tools: toolsOf(t, 'tools', seen),
      stopWhen: isStepCount(4),
      providerOptions: t.upstream === 'recorded-messages' ? whole : {},
    });
    t.called('tools', seen);
    assert.equal(result.steps.length, 2);
    assert.equal(result.steps[0].finishReason, 'tool-calls');
    t.concludes('tools', result.text, 'sunny 17');
  });

  on(STREAMED_TOOLS, 'tool loop of streamText', async (t, model) => {
    const seen = [];
    const result = streamText({
      model: model('tools-stream'),
      prompt: 'What is the weather in Paris and in Oslo?',
      tools: toolsOf(t, 'tools-stream', seen),
      stopWhen: isStepCount(4),
      providerOptions: t.upstream === 'recorded-messages' ? whole : {},
      ...noise,
    });
    const parts = await partsOf(result);
    t.called('tools-stream', seen);
    const starts = parts.filter((part) => part.type === 'tool-input-start');
    assert.equal(starts.length, seen.length);
    t.concludes('tools-stream', await result.text, 'sunny 17');
  });

  on([...SIMULATED, ...OVER], 'reasoning in a tool loop of streamText', async (t, model) => {
    const seen = [];
    const result = streamText({
      model: model('reasoning'),
      prompt: 'What is the weather in Paris and in Oslo?',
      tools: toolsOf(t, 'tools', seen),
      stopWhen: isStepCount(4),
      providerOptions: reasoning,
      ...noise,
    });
    const parts = await partsOf(result);
    t.called('tools', seen);
    t.concludes('reasoning', await result.text, 'sunny 17');
    if (['simulated', 'over-messages'].includes(t.upstream)) {
      assert.ok(parts.some((part) => part.type === 'reasoning-delta' && part.text.length > 0));
    }
  });

  on(EVERYWHERE, 'reasoning', async (t, model) => {
    const result = await generateText({
      model: model('reasoning'),
      prompt: 'How do I cross the street?',
      providerOptions: reasoning,
    });
    t.says('reasoning', result.text);
    if (['simulated', 'recorded-chat', 'recorded-messages', 'recorded-gemini'].includes(t.upstream)) {
      assert.ok(result.reasoningText?.length > 0, JSON.stringify(result.content));
    }
  });

  on(['recorded-messages'], 'a signature goes back unchanged', async (t, model) => {
    const seen = [];
    const result = await generateText({
      model: model('reasoning-tools'),
      prompt: 'What is the largest city in my country?',
      tools: toolsOf(t, 'reasoning-tools', seen),
      stopWhen: isStepCount(4),
      providerOptions: reasoning,
    });
    t.called('reasoning-tools', seen);
    t.says('reasoning-tools', result.text);
    const history = (await t.received('reasoning-tools')).at(-1).messages;
    const blocks = history.find((one) => one.role === 'assistant').content;
    assert.ok(blocks.some((block) => block.type === 'tool_use'));
    if (client !== 'ai-compatible') {
      // That provider has no place for a signature: it keeps the text of thoughts alone.
      const thinking = blocks.find((block) => block.type === 'thinking');
      assert.ok(thinking?.signature.length > 100, JSON.stringify(blocks).slice(0, 500));
    }
  });

  on(['recorded-gemini'], 'a thought signature goes back unchanged', async (t, model) => {
    const seen = [];
    const result = streamText({
      model: model('tools-stream'),
      prompt: 'What is the capital of my country?',
      tools: toolsOf(t, 'tools-stream', seen),
      stopWhen: isStepCount(4),
      ...noise,
    });
    t.says('tools-stream', (await partsOf(result)) && (await result.text));
    const history = (await t.received('tools-stream')).at(-1).contents;
    const part = history.find((one) => one.role === 'model').parts.find((one) => one.functionCall);
    assert.ok(part.thoughtSignature, JSON.stringify(history).slice(0, 500));
  });

  on(EVERYWHERE, 'Output.object', async (t, model) => {
    const result = await generateText({
      model: model('structured'),
      prompt: 'Describe a bridge.',
      output: Output.object({ schema: shapeOf(t) }),
    });
    assert.deepEqual(shapeOf(t).parse(result.output), result.output);
  });

  on([...SIMULATED, ...OVER], 'streamed Output.object', async (t, model) => {
    const result = streamText({
      model: model('structured'),
      prompt: 'Describe a bridge.',
      output: Output.object({ schema: shapeOf(t) }),
      ...noise,
    });
    let partial;
    for await (const one of result.partialOutputStream) {
      partial = one;
    }
    assert.deepEqual(await result.output, partial);
  });

  on(
    [...SIMULATED, ...OVER, 'recorded-chat', 'recorded-messages', 'recorded-gemini'],
    'image',
    async (t, model) => {
      const result = await generateText({
        model: model('image'),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'file', data: PNG, mediaType: 'image/png' },
            ],
          },
        ],
      });
      t.says('image', result.text);
      if (t.isRecorded) {
        assert.ok(JSON.stringify((await t.received('image')).at(-1)).includes(PNG));
      }
    },
  );

  on(
    [...SIMULATED, 'recorded-chat', 'recorded-messages', 'recorded-gemini'],
    'PDF',
    async (t, model) => {
      const result = await generateText({
        model: model('pdf'),
        messages: [
          {
            role: 'user',
            content: [
              { type: 'file', data: PDF, mediaType: 'application/pdf', filename: 'thing.pdf' },
              { type: 'text', text: 'What does it say?' },
            ],
          },
        ],
      });
      t.says('pdf', result.text);
    },
  );

  on([...SIMULATED, ...OVER], 'an answer at its limit', async (t, model) => {
    const result = await generateText({
      model: model('plain'),
      prompt: 'Everything about bridges. [simulate: tokens=200]',
      maxOutputTokens: 16,
    });
    assert.equal(result.finishReason, 'length');
  });

  addFailures(client, on, modelOf);
  return suite;
}

function addFailures(client, on, modelOf) {
  on(SIMULATED, 'a wrong key is an APICallError 401', async (t) => {
    const model = modelOf(t, t.model(), { key: 'gw_sk_wrong' });
    const error = await thrownBy(generateText({ model, prompt: 'Hi' }));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 401);
    assert.equal(error.isRetryable, false);
    assert.deepEqual(t.statuses, [401]);
  });

  on(SIMULATED, 'an unknown model is an APICallError 404', async (t) => {
    const error = await thrownBy(generateText({ model: modelOf(t, 'x-99', {}), prompt: 'Hi' }));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 404);
    assert.ok(error.message.includes('x-99'), error.message);
  });

  on(SIMULATED, 'a low balance is not retried: answer', async (t) => {
    const model = modelOf(t, t.model(), { key: t.poorKey });
    const error = await thrownBy(generateText({ model, prompt: 'Hi', maxOutputTokens: 16_000 }));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 402);
    isLowBalance(JSON.parse(error.responseBody).error.gateway);
    assert.deepEqual(t.statuses, [402]);
  });

  on(SIMULATED, 'a low balance is not retried: stream', async (t) => {
    const model = modelOf(t, t.model(), { key: t.poorKey });
    const result = streamText({ model, prompt: 'Hi', maxOutputTokens: 16_000, ...noise });
    const error = await thrownBy(partsOf(result));
    assert.ok(APICallError.isInstance(error), String(error));
    assert.equal(error.statusCode, 402);
    isLowBalance(JSON.parse(error.responseBody).error.gateway);
    assert.deepEqual(t.statuses, [402]);
  });

  on(SIMULATED, 'a rate limit is waited for and tried again', async (t) => {
    const model = modelOf(t, t.model(), { key: t.slowKey });
    while (!t.statuses.includes(429)) {
      await generateText({ model, prompt: 'Hi' });
      assert.ok(t.statuses.length < 500);
    }
    assert.equal(t.statuses.at(-1), 200);
  });

  on(SIMULATED, 'a provider that is down is a RetryError', async (t) => {
    // The client obeys Retry-After, so one retry is enough of a wait.
    const prompt = 'Hi [simulate: 503, retry-after=1]';
    const model = modelOf(t, t.faulty(0), {});
    const error = await thrownBy(generateText({ model, prompt, maxRetries: 1 }));
    assert.ok(RetryError.isInstance(error), String(error));
    assert.equal(error.lastError.statusCode, 503);
    assert.deepEqual(t.statuses, [503, 503]);
  });

  on(SIMULATED, 'an error inside a stream is a part of it', async (t) => {
    const result = streamText({
      model: modelOf(t, t.faulty(1), {}),
      prompt: 'Tell me about bridges [simulate: error-after=3, token-ms=20]',
      maxRetries: 0,
      ...noise,
    });
    await thrownBy(partsOf(result));
  });

  on(SIMULATED, 'a cut stream is an error part', async (t) => {
    const result = streamText({
      model: modelOf(t, t.faulty(2), {}),
      prompt: 'Tell me about bridges [simulate: cut-after=3, token-ms=20]',
      maxRetries: 0,
      ...noise,
    });
    await thrownBy(partsOf(result));
  });

  on(
    ['recorded-messages', 'recorded-chat', 'recorded-responses'],
    "a provider's error inside a stream",
    async (t, model) => {
      const result = streamText({
        model: model('error-in-stream'),
        prompt: 'Hi',
        maxRetries: 0,
        ...noise,
      });
      await thrownBy(partsOf(result));
    },
  );

  on(SIMULATED, 'a stream aborted by its signal', async (t, model) => {
    const control = new AbortController();
    const result = streamText({
      model: model('plain'),
      prompt: 'Bridges [simulate: tokens=2000, token-ms=20]',
      abortSignal: control.signal,
      ...noise,
    });
    let last;
    for await (const part of result.fullStream) {
      last = part.type;
      if (part.type === 'text-delta') {
        control.abort();
      }
    }
    assert.equal(last, 'abort');
    await t.receipt(t.lastHeaders.get('x-arda-generation-id'));
  });

  on(SIMULATED, 'an Idempotency-Key is charged once', async (t, model) => {
    const headers = { 'Idempotency-Key': client };
    const request = { model: model('plain'), prompt: 'Hello', headers };
    const first = await generateText(request);
    const second = await generateText(request);
    assert.equal(second.text, first.text);
    assert.equal(t.lastHeaders.get('x-arda-idempotent-replay'), 'true');
  });
}
