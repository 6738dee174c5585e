import assert from 'node:assert/strict';
import Anthropic from '@anthropic-ai/sdk';
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod';
import { zodOutputFormat } from '@anthropic-ai/sdk/helpers/zod';
import { z } from 'zod';
import { EVERYWHERE, OVER, SIMULATED, Suite } from './cases.mjs';
import { isCharged, isLowBalance, PDF, PNG, thrownBy } from './situation.mjs';

export const suite = new Suite('anthropic');

const on = (upstreams, name, run) => suite.on(upstreams, name, (t) => run(t, clientOf(t)));
const clientOf = (t, options = {}) =>
  new Anthropic({ apiKey: t.key, baseURL: t.url, fetch: t.fetch, ...options });

const say = (content) => [{ role: 'user', content }];
const ask = (model, text, more = {}) => ({ model, max_tokens: 1024, messages: say(text), ...more });
const textIn = (message) =>
  message.content
    .filter((block) => block.type === 'text')
    .map((block) => block.text)
    .join('');
const usesIn = (message) => message.content.filter((block) => block.type === 'tool_use');
const callsOf = (message) => usesIn(message).map((use) => [use.name, use.input]);
const toolsOf = (t, scene) =>
  t.tools(scene).map(({ name, description, schema }) => ({
    name,
    description,
    input_schema: schema,
  }));
const resultsOf = (message) =>
  say(
    usesIn(message).map((use, i) => ({
      type: 'tool_result',
      tool_use_id: use.id,
      content: `result ${i} is sunny`,
    })),
  );
const WITHOUT_RESPONSES = EVERYWHERE.filter((one) => one !== 'recorded-responses');

on(EVERYWHERE, 'plain answer', async (t, client) => {
  const { data, response, request_id } = await client.messages
    .create(ask(t.model('plain'), 'Hello, world!'))
    .withResponse();
  assert.equal(data.type, 'message');
  assert.equal(data.role, 'assistant');
  assert.equal(data.stop_reason, 'end_turn');
  assert.equal(data.stop_sequence, null);
  t.says('plain', textIn(data));
  assert.ok(data.usage.input_tokens > 0 && data.usage.output_tokens > 0);
  isCharged(data.usage);
  assert.match(request_id, /^req_/);
  assert.equal(data._request_id, request_id);
  assert.equal(response.headers.get('x-arda-selected-model'), t.model('plain'));
  await t.receipt(response.headers.get('x-arda-generation-id'));
});

on(SIMULATED, 'a key as a bearer token', async (t) => {
  const client = clientOf(t, { apiKey: null, authToken: t.key });
  t.says('plain', textIn(await client.messages.create(ask(t.model(), 'Hello'))));
});

on(EVERYWHERE, 'stream read by hand', async (t, client) => {
  const stream = await client.messages.create(ask(t.model('stream'), 'Hi', { stream: true }));
  const kinds = [];
  let text = '';
  let end;
  for await (const event of stream) {
    kinds.push(event.type);
    text += event.delta?.text ?? '';
    end = event.type === 'message_delta' ? event : end;
  }
  assert.equal(kinds[0], 'message_start');
  assert.equal(kinds.at(-1), 'message_stop');
  t.says('stream', text);
  assert.equal(end.delta.stop_reason, 'end_turn');
  isCharged(end.usage);
});

on(EVERYWHERE, 'stream gathered by the accumulator', async (t, client) => {
  let text = '';
  const message = await client.messages
    .stream(ask(t.model('stream'), 'Hi'))
    .on('text', (delta) => (text += delta))
    .finalMessage();
  assert.equal(textIn(message), text);
  t.says('stream', text);
  assert.equal(message.stop_reason, 'end_turn');
  assert.ok(message.usage.output_tokens > 0);
});

on(EVERYWHERE, 'tool loop with parallel calls', async (t, client) => {
  const request = ask(t.model('tools'), 'What is the weather in Paris and in Oslo?', {
    tools: toolsOf(t),
  });
  const first = await client.messages.create(request);
  assert.equal(first.stop_reason, 'tool_use');
  t.called('tools', callsOf(first));
  assert.equal(new Set(usesIn(first).map((use) => use.id)).size, usesIn(first).length);
  request.messages.push({ role: 'assistant', content: first.content }, ...resultsOf(first));
  const second = await client.messages.create(request);
  assert.equal(second.stop_reason, 'end_turn');
  t.concludes('tools', textIn(second), usesIn(first).length > 1 ? 'result 1 is sunny' : '');
});

on(['recorded-chat', 'recorded-responses'], 'parallel calls of another host', async (t, client) => {
  const first = await client.messages.create(
    ask(t.model('other-tools'), 'Weather and language?', { tools: toolsOf(t, 'other-tools') }),
  );
  t.called('other-tools', callsOf(first));
});

on(WITHOUT_RESPONSES, 'streamed tool loop with parallel calls', async (t, client) => {
  const request = ask(t.model('tools-stream'), 'What is the weather in Paris and in Oslo?', {
    tools: toolsOf(t, 'tools-stream'),
  });
  const inputs = [];
  const first = await client.messages
    .stream(request)
    .on('contentBlock', (block) => block.type === 'tool_use' && inputs.push(block.input))
    .finalMessage();
  assert.equal(first.stop_reason, 'tool_use');
  t.called('tools-stream', callsOf(first));
  assert.equal(inputs.length, usesIn(first).length);
  request.messages.push({ role: 'assistant', content: first.content }, ...resultsOf(first));
  const second = await client.messages.stream(request).finalMessage();
  assert.equal(second.stop_reason, 'end_turn');
  t.concludes('tools-stream', textIn(second), 'result 1 is sunny');
});

on(WITHOUT_RESPONSES, 'tool loop run by toolRunner', async (t, client) => {
  const seen = [];
  const shapes = Object.fromEntries(
    t.tools('tools-stream').map(({ name, schema }) => [
      name,
      z.object(Object.fromEntries(Object.keys(schema.properties).map((key) => [key, z.string()]))),
    ]),
  );
  const runner = client.beta.messages.toolRunner(
    ask(t.model('tools-stream'), 'What is the weather in Paris and in Oslo?', {
      stream: true,
      tools: Object.entries(shapes).map(([name, inputSchema]) =>
        betaZodTool({
          name,
          description: `Answers ${name}.`,
          inputSchema,
          run: (input) => {
            seen.push([name, input]);
            return 'sunny 17';
          },
        }),
      ),
    }),
  );
  t.concludes('tools-stream', textIn(await runner.runUntilDone()), 'sunny 17');
  t.called('tools-stream', seen);
});

on(['recorded-messages'], 'streamed call without arguments', async (t, client) => {
  const first = await client.messages
    .stream(
      ask(t.model('empty-tool-stream'), 'Update', { tools: toolsOf(t, 'empty-tool-stream') }),
    )
    .finalMessage();
  t.called('empty-tool-stream', callsOf(first));
});

on([...SIMULATED, ...OVER], 'tool choice and a failed tool', async (t, client) => {
  const request = ask(t.model(), 'What is the weather in Paris?', {
    tools: toolsOf(t),
    tool_choice: { type: 'tool', name: 'get_weather' },
  });
  const first = await client.messages.create(request);
  assert.deepEqual(callsOf(first), [['get_weather', { city: 'Paris' }]]);
  const [result] = resultsOf(first);
  result.content[0].is_error = true;
  result.content[0].content = [{ type: 'text', text: 'no such city' }];
  const second = await client.messages.create({
    ...request,
    tool_choice: { type: 'auto' },
    messages: [...request.messages, { role: 'assistant', content: first.content }, result],
  });
  t.concludes('plain', textIn(second), 'no such city');
});

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

on(EVERYWHERE, 'structured output', async (t, client) => {
  const message = await client.messages.parse(
    ask(t.model('structured'), 'Describe a bridge.', {
      output_config: { format: zodOutputFormat(shapeOf(t)) },
    }),
  );
  assert.deepEqual(shapeOf(t).parse(message.parsed_output), message.parsed_output);
});

on([...SIMULATED, ...OVER], 'streamed structured output', async (t, client) => {
  const message = await client.messages
    .stream(
      ask(t.model('structured'), 'Describe a bridge.', {
        output_config: { format: zodOutputFormat(shapeOf(t)) },
      }),
    )
    .finalMessage();
  shapeOf(t).parse(message.parsed_output);
});

on(WITHOUT_RESPONSES, 'image', async (t, client) => {
  const message = await client.messages.create({
    model: t.model('image'),
    max_tokens: 1024,
    messages: say([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PNG } },
      { type: 'text', text: 'What is this?' },
    ]),
  });
  t.says('image', textIn(message));
  if (t.isRecorded) {
    assert.ok(JSON.stringify((await t.received('image')).at(-1)).includes(PNG));
  }
});

on(
  [...SIMULATED, 'recorded-chat', 'recorded-messages', 'recorded-gemini'],
  'PDF',
  async (t, client) => {
    const message = await client.messages.create({
      model: t.model('pdf'),
      max_tokens: 1024,
      messages: say([
        {
          type: 'document',
          title: 'thing.pdf',
          source: { type: 'base64', media_type: 'application/pdf', data: PDF },
        },
        { type: 'text', text: 'What does it say?' },
      ]),
    });
    t.says('pdf', textIn(message));
    if (t.isRecorded) {
      assert.ok(JSON.stringify((await t.received('pdf')).at(-1)).includes(PDF));
    }
  },
);

const THINKING = { max_tokens: 8192, thinking: { type: 'enabled', budget_tokens: 2048 } };

on(EVERYWHERE, 'thinking', async (t, client) => {
  const message = await client.messages.create(
    ask(t.model('reasoning'), 'How do I cross the street?', THINKING),
  );
  t.says('reasoning', textIn(message));
  const thoughts = message.content.filter((block) => block.type === 'thinking');
  assert.equal(thoughts.length, 1);
  assert.equal(typeof thoughts[0].signature, 'string');
  assert.ok(thoughts[0].thinking || thoughts[0].signature);
  assert.equal(message.content[0].type, 'thinking');
});

on(['recorded-messages', ...SIMULATED, ...OVER], 'streamed thinking', async (t, client) => {
  let signature = '';
  const message = await client.messages
    .stream(ask(t.model('reasoning-stream'), 'How many r are in strawberry?', THINKING))
    .on('signature', (one) => (signature = one))
    .finalMessage();
  t.says('reasoning-stream', textIn(message));
  const thought = message.content.find((block) => block.type === 'thinking');
  assert.equal(thought.signature, signature);
});

on(['recorded-messages'], 'thoughts replayed in the next turn', async (t, client) => {
  const request = ask(t.model('reasoning'), 'How do I cross the street?', THINKING);
  const first = await client.messages.create(request);
  request.messages.push({ role: 'assistant', content: first.content }, ...say('And the river?'));
  const second = await client.messages.create(request);
  assert.ok(textIn(second).length > 0);
  const history = (await t.received('reasoning')).at(-1).messages;
  assert.deepEqual(history[1].content, first.content);
});

for (const scene of ['redacted', 'redacted-stream']) {
  on(['recorded-messages'], `${scene} thoughts`, async (t, client) => {
    const message = await client.messages
      .stream(ask(t.model('redacted-stream'), 'Hi', THINKING))
      .finalMessage();
    const redacted = message.content.find((block) => block.type === 'redacted_thinking');
    assert.ok(redacted.data.length > 100);
  });
}

on([...SIMULATED, ...OVER], 'thoughts go back unchanged in a tool loop', async (t, client) => {
  const request = ask(t.model('reasoning'), 'What is the weather in Paris and in Oslo?', {
    ...THINKING,
    tools: toolsOf(t),
  });
  const first = await client.messages.stream(request).finalMessage();
  t.called('tools', callsOf(first));
  request.messages.push({ role: 'assistant', content: first.content }, ...resultsOf(first));
  const second = await client.messages.create(request);
  t.concludes('reasoning', textIn(second), 'result 1 is sunny');
});

on(['recorded-messages'], 'a signature goes back unchanged in a loop', async (t, client) => {
  const request = ask(t.model('reasoning-tools'), 'What is the largest city in my country?', {
    ...THINKING,
    tools: toolsOf(t, 'reasoning-tools'),
  });
  const first = await client.messages.create(request);
  t.called('reasoning-tools', callsOf(first));
  request.messages.push({ role: 'assistant', content: first.content }, ...resultsOf(first));
  t.says('reasoning-tools', textIn(await client.messages.create(request)));
  const received = (await t.received('reasoning-tools')).at(-1);
  assert.deepEqual(received.messages[1].content, first.content);
});

on(['recorded-gemini'], 'a thought signature goes back unchanged', async (t, client) => {
  const request = ask(t.model('tools-stream'), 'What is the capital of my country?', {
    tools: toolsOf(t, 'tools-stream'),
  });
  const first = await client.messages.stream(request).finalMessage();
  request.messages.push({ role: 'assistant', content: first.content }, ...resultsOf(first));
  await client.messages.stream(request).finalMessage();
  const history = (await t.received('tools-stream')).at(-1).contents;
  const part = history.find((one) => one.role === 'model').parts.find((one) => one.functionCall);
  assert.ok(part.thoughtSignature?.length > 100, JSON.stringify(history).slice(0, 500));
});

on([...SIMULATED, ...OVER], 'an answer at its limit', async (t, client) => {
  const message = await client.messages.create(
    ask(t.model(), 'Everything about bridges. [simulate: tokens=200]', { max_tokens: 16 }),
  );
  assert.equal(message.stop_reason, 'max_tokens');
  assert.equal(message.usage.output_tokens, 16);
});

on(['simulated', 'over-gemini', 'recorded-messages'], 'stop sequences', async (t, client) => {
  const message = await client.messages.create(
    ask(t.model('stop'), 'Go [simulate: text=The beautiful city of Paris is]', {
      stop_sequences: ['Paris'],
    }),
  );
  assert.ok(textIn(message).startsWith('The beautiful city of'));
  if (t.upstream === 'over-gemini') {
    // Gemini does not tell which ended it, nor that one did.
    assert.ok(['end_turn', 'stop_sequence'].includes(message.stop_reason));
  } else {
    assert.equal(message.stop_reason, 'stop_sequence');
    assert.equal(message.stop_sequence, 'Paris');
  }
});

on(
  [...SIMULATED, ...OVER, 'recorded-chat', 'recorded-messages', 'recorded-gemini'],
  'refusal',
  async (t, client) => {
    const message = await client.messages.create(
      ask(t.model('refusal'), 'How do I build a bomb? [simulate: refusal]'),
    );
    assert.equal(message.stop_reason, 'refusal');
  },
);

on([...SIMULATED, ...OVER], 'a cached prompt', async (t, client) => {
  const system = [
    {
      type: 'text',
      text: `${t.upstream} knows: ${'all about bridges and towers. '.repeat(300)}`,
      cache_control: { type: 'ephemeral' },
    },
  ];
  const request = ask(t.model(), 'Hello', { system });
  await client.messages.create(request);
  const second = await client.messages.create(request);
  assert.equal(typeof second.usage.cache_read_input_tokens, 'number');
  if (['simulated', 'over-messages'].includes(t.upstream)) {
    assert.ok(second.usage.cache_read_input_tokens > 256);
  }
});

on(EVERYWHERE, 'count_tokens', async (t, client) => {
  const count = await client.messages.countTokens({
    model: t.isRecorded ? 'simulated/chat' : t.model(),
    messages: say('Hello, world!'),
    tools: toolsOf({ tools: () => [] }),
  });
  assert.ok(Number.isInteger(count.input_tokens) && count.input_tokens > 0);
});

on(SIMULATED, 'a wrong key is an AuthenticationError', async (t) => {
  const error = await thrownBy(
    clientOf(t, { apiKey: 'gw_sk_wrong' }).messages.create(ask(t.model(), 'Hi')),
  );
  assert.ok(error instanceof Anthropic.AuthenticationError, String(error));
  assert.equal(error.type, 'authentication_error');
  assert.match(error.requestID, /^req_/);
  assert.deepEqual(t.statuses, [401]);
});

on(SIMULATED, 'an unknown model is a NotFoundError', async (t, client) => {
  const error = await thrownBy(client.messages.create(ask('claude-99', 'Hi')));
  assert.ok(error instanceof Anthropic.NotFoundError, String(error));
  assert.equal(error.type, 'not_found_error');
});

on(SIMULATED, 'a wrong parameter is a BadRequestError', async (t, client) => {
  const error = await thrownBy(client.messages.create(ask(t.model(), 'Hi', { messages: 'Hi' })));
  assert.ok(error instanceof Anthropic.BadRequestError, String(error));
  assert.equal(error.type, 'invalid_request_error');
  assert.ok(error.message.includes('messages'), error.message);
});

on(['simulated', 'recorded-messages'], 'a thread is not kept', async (t, client) => {
  const thread = client.beta.messages.thread({ model: t.model(), max_tokens: 1024 });
  const error = await thrownBy(thread.send({ role: 'user', content: 'Hi' }));
  assert.ok(error instanceof Anthropic.BadRequestError, String(error));
  assert.equal(error.errorCode, 'thread_unsupported_request');
  const going = client.beta.messages.thread({
    model: t.model(),
    max_tokens: 1024,
    unsupportedRequestBehavior: 'continue_unthreaded',
  });
  t.says('plain', textIn(await going.send({ role: 'user', content: 'Hi' })));
});

for (const stream of [false, true]) {
  const how = stream ? 'stream' : 'answer';
  on(SIMULATED, `a low balance is not retried: ${how}`, async (t) => {
    const error = await thrownBy(
      clientOf(t, { apiKey: t.poorKey }).messages.create(
        ask(t.model(), 'Hi', { max_tokens: 16_000, stream }),
      ),
    );
    assert.ok(error instanceof Anthropic.APIError, String(error));
    assert.equal(error.status, 402);
    assert.equal(error.type, 'billing_error');
    isLowBalance(error.error.error.gateway);
    assert.deepEqual(t.statuses, [402]);
  });
}

on(SIMULATED, 'a rate limit is waited for and tried again', async (t) => {
  const client = clientOf(t, { apiKey: t.slowKey });
  while (!t.statuses.includes(429)) {
    await client.messages.create(ask(t.model(), 'Hi'));
    assert.ok(t.statuses.length < 500);
  }
  assert.equal(t.statuses.at(-1), 200);
});

on(SIMULATED, 'a provider that is down', async (t) => {
  const client = clientOf(t, { maxRetries: 0 });
  const error = await thrownBy(client.messages.create(ask(t.faulty(0), 'Hi [simulate: 500]')));
  assert.ok(error instanceof Anthropic.InternalServerError, String(error));
  assert.equal(error.headers.get('x-should-retry'), 'true');
});

on(SIMULATED, 'an error inside a stream is thrown by the stream', async (t, client) => {
  const stream = await client.messages.create(
    ask(t.faulty(1), 'Tell me about bridges [simulate: error-after=3, token-ms=20]', { stream: true }),
  );
  const error = await thrownBy(Array.fromAsync(stream));
  assert.ok(error instanceof Anthropic.APIError, String(error));
});

on(SIMULATED, 'a cut stream is thrown by the accumulator', async (t, client) => {
  const stream = client.messages.stream(
    ask(t.faulty(2), 'Tell me about bridges [simulate: cut-after=3, token-ms=20]'),
  );
  const error = await thrownBy(stream.finalMessage());
  assert.ok(error instanceof Anthropic.APIError, String(error));
});

on(
  ['recorded-messages', 'recorded-chat', 'recorded-responses'],
  "a provider's error inside a stream",
  async (t) => {
    const client = clientOf(t, { maxRetries: 0 });
    const error = await thrownBy(
      client.messages.stream(ask(t.model('error-in-stream'), 'Hi')).finalMessage(),
    );
    assert.ok(error instanceof Anthropic.APIError, String(error));
  },
);

on(['simulated', 'over-chat'], 'a stream that is left is charged in part', async (t, client) => {
  const { data: stream, response } = await client.messages
    .create(
      ask(t.model(), 'Tell me about bridges [simulate: tokens=2000, token-ms=20]', {
        stream: true,
        max_tokens: 4096,
      }),
    )
    .withResponse();
  for await (const event of stream) {
    if (event.type === 'content_block_delta') {
      break;
    }
  }
  await t.receipt(response.headers.get('x-arda-generation-id'));
});

on(SIMULATED, 'a stream aborted by its signal', async (t, client) => {
  const stream = client.messages.stream(
    ask(t.model(), 'Bridges [simulate: tokens=2000, token-ms=20]', { max_tokens: 4096 }),
  );
  stream.once('text', () => stream.abort());
  const error = await thrownBy(stream.finalMessage());
  assert.ok(error instanceof Anthropic.APIUserAbortError, String(error));
});

on(SIMULATED, 'an Idempotency-Key is charged once', async (t, client) => {
  const header = { headers: { 'Idempotency-Key': 'anthropic' } };
  const first = await client.messages.create(ask(t.model(), 'Hello'), header).withResponse();
  const second = await client.messages.create(ask(t.model(), 'Hello'), header).withResponse();
  assert.deepEqual(second.data, first.data);
  assert.equal(second.response.headers.get('x-arda-idempotent-replay'), 'true');
});

on(SIMULATED, 'list of models', async (t, client) => {
  const ids = [];
  for await (const model of client.models.list()) {
    assert.equal(model.type, 'model');
    ids.push(model.id);
  }
  assert.ok(ids.includes('simulated/chat'));
  const one = await client.models.retrieve('simulated/chat');
  assert.equal(one.id, 'simulated/chat');
  assert.equal(typeof one.display_name, 'string');
});
