import assert from 'node:assert/strict';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { EVERYWHERE, OVER, SIMULATED, Suite } from './cases.mjs';
import { isCharged, isLowBalance, PDF, PNG, thrownBy } from './situation.mjs';

export const suite = new Suite('openai-responses');

const on = (upstreams, name, run) => suite.on(upstreams, name, (t) => run(t, clientOf(t)));
const clientOf = (t, options = {}) =>
  new OpenAI({ apiKey: t.key, baseURL: `${t.url}/v1`, fetch: t.fetch, ...options });

const say = (content) => [{ role: 'user', content }];
const ask = (model, input, more = {}) => ({ model, input, store: false, ...more });
const toolsOf = (t, scene) =>
  t.tools(scene).map(({ name, description, schema }) => ({
    type: 'function',
    name,
    description,
    parameters: schema,
    strict: false,
  }));
const usesIn = (response) => response.output.filter((item) => item.type === 'function_call');
const callsOf = (response) => usesIn(response).map((use) => [use.name, JSON.parse(use.arguments)]);
const resultsOf = (response) =>
  usesIn(response).map((use, i) => ({
    type: 'function_call_output',
    call_id: use.call_id,
    output: `result ${i} is sunny`,
  }));
const STREAMED_TOOLS = [...SIMULATED, ...OVER, 'recorded-chat', 'recorded-messages', 'recorded-gemini'];

on(EVERYWHERE, 'plain answer', async (t, client) => {
  const { data, response, request_id } = await client.responses
    .create(ask(t.model('plain'), 'Hello, world!', { instructions: 'Be brief.' }))
    .withResponse();
  assert.equal(data.object, 'response');
  assert.equal(data.status, 'completed');
  t.says('plain', data.output_text);
  assert.equal(data.usage.total_tokens, data.usage.input_tokens + data.usage.output_tokens);
  isCharged(data.usage);
  assert.match(request_id, /^req_/);
  await t.receipt(response.headers.get('x-arda-generation-id'));
});

on(EVERYWHERE, 'stream read by hand', async (t, client) => {
  const stream = await client.responses.create(ask(t.model('stream'), 'Hi', { stream: true }));
  let text = '';
  let number = -1;
  let last;
  for await (const event of stream) {
    assert.ok(event.sequence_number > number, `${event.type} has ${event.sequence_number}`);
    number = event.sequence_number;
    text += event.type === 'response.output_text.delta' ? event.delta : '';
    last = event;
  }
  t.says('stream', text);
  assert.equal(last.type, 'response.completed');
  assert.ok(JSON.stringify(last.response.output).includes(JSON.stringify(text).slice(1, -1)));
  isCharged(last.response.usage);
});

on(EVERYWHERE, 'stream gathered by the accumulator', async (t, client) => {
  const response = await client.responses.stream(ask(t.model('stream'), 'Hi')).finalResponse();
  t.says('stream', response.output_text);
  assert.equal(response.status, 'completed');
  isCharged(response.usage);
});

on(EVERYWHERE, 'tool loop with parallel calls', async (t, client) => {
  const input = say('What is the weather in Paris and in Oslo?');
  const request = ask(t.model('tools'), input, { tools: toolsOf(t) });
  const first = await client.responses.create(request);
  t.called('tools', callsOf(first));
  assert.equal(new Set(usesIn(first).map((use) => use.call_id)).size, usesIn(first).length);
  input.push(...first.output, ...resultsOf(first));
  const second = await client.responses.create(request);
  t.concludes('tools', second.output_text, usesIn(first).length > 1 ? 'result 1 is sunny' : '');
});

on(['recorded-chat', 'recorded-responses'], 'parallel calls of another host', async (t, client) => {
  const first = await client.responses.create(
    ask(t.model('other-tools'), 'Weather and language?', { tools: toolsOf(t, 'other-tools') }),
  );
  t.called('other-tools', callsOf(first));
});

on(STREAMED_TOOLS, 'streamed tool loop with parallel calls', async (t, client) => {
  const input = say('What is the weather in Paris and in Oslo?');
  const request = ask(t.model('tools-stream'), input, { tools: toolsOf(t, 'tools-stream') });
  const first = await client.responses.stream(request).finalResponse();
  t.called('tools-stream', callsOf(first));
  // The accumulator adds what it parsed, which is no part of an item.
  input.push(...first.output.map(({ parsed_arguments, ...item }) => item), ...resultsOf(first));
  const second = await client.responses.stream(request).finalResponse();
  t.concludes('tools-stream', second.output_text, 'result 1 is sunny');
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
  const response = await client.responses.parse(
    ask(t.model('structured'), 'Describe a bridge.', {
      text: { format: zodTextFormat(shapeOf(t), 'thing') },
    }),
  );
  assert.deepEqual(shapeOf(t).parse(response.output_parsed), response.output_parsed);
});

on([...SIMULATED, ...OVER], 'streamed structured output', async (t, client) => {
  const response = await client.responses
    .stream(
      ask(t.model('structured'), 'Describe a bridge.', {
        text: { format: zodTextFormat(shapeOf(t), 'thing') },
      }),
    )
    .finalResponse();
  shapeOf(t).parse(response.output_parsed);
});

on(
  [...SIMULATED, ...OVER, 'recorded-chat', 'recorded-messages', 'recorded-gemini'],
  'image',
  async (t, client) => {
    const response = await client.responses.create(
      ask(
        t.model('image'),
        say([
          { type: 'input_text', text: 'What is this?' },
          { type: 'input_image', image_url: `data:image/png;base64,${PNG}`, detail: 'auto' },
        ]),
      ),
    );
    t.says('image', response.output_text);
    if (t.isRecorded) {
      assert.ok(JSON.stringify((await t.received('image')).at(-1)).includes(PNG));
    }
  },
);

on(
  [...SIMULATED, 'recorded-chat', 'recorded-messages', 'recorded-gemini'],
  'PDF',
  async (t, client) => {
    const response = await client.responses.create(
      ask(
        t.model('pdf'),
        say([
          {
            type: 'input_file',
            filename: 'thing.pdf',
            file_data: `data:application/pdf;base64,${PDF}`,
          },
          { type: 'input_text', text: 'What does it say?' },
        ]),
      ),
    );
    t.says('pdf', response.output_text);
    if (t.isRecorded) {
      assert.ok(JSON.stringify((await t.received('pdf')).at(-1)).includes(PDF));
    }
  },
);

const THINKING = {
  reasoning: { effort: 'low', summary: 'auto' },
  include: ['reasoning.encrypted_content'],
};

on(EVERYWHERE, 'reasoning', async (t, client) => {
  const response = await client.responses.create(
    ask(t.model('reasoning'), 'How do I cross the street?', THINKING),
  );
  t.says('reasoning', response.output_text);
  const thoughts = response.output.filter((item) => item.type === 'reasoning');
  assert.equal(thoughts.length, 1);
  assert.ok(thoughts[0].summary.length > 0 || thoughts[0].encrypted_content);
});

on([...SIMULATED, ...OVER], 'reasoning goes back unchanged in a tool loop', async (t, client) => {
  const input = say('What is the weather in Paris and in Oslo?');
  const request = ask(t.model('reasoning'), input, { ...THINKING, tools: toolsOf(t) });
  const first = await client.responses.stream(request).finalResponse();
  t.called('tools', callsOf(first));
  input.push(...first.output.map(({ parsed_arguments, ...item }) => item), ...resultsOf(first));
  const second = await client.responses.create(request);
  t.concludes('reasoning', second.output_text, 'result 1 is sunny');
});

on(['recorded-messages'], 'a signature goes back unchanged in a loop', async (t, client) => {
  const input = say('What is the largest city in my country?');
  const request = ask(t.model('reasoning-tools'), input, {
    ...THINKING,
    tools: toolsOf(t, 'reasoning-tools'),
  });
  const first = await client.responses.create(request);
  t.called('reasoning-tools', callsOf(first));
  input.push(...first.output, ...resultsOf(first));
  t.says('reasoning-tools', (await client.responses.create(request)).output_text);
  const history = (await t.received('reasoning-tools')).at(-1).messages;
  const [thinking, text, call] = history.find((one) => one.role === 'assistant').content;
  assert.equal(thinking.type, 'thinking');
  assert.ok(thinking.signature.length > 100);
  assert.equal(text.type, 'text');
  assert.equal(call.type, 'tool_use');
});

on(['recorded-gemini'], 'a thought signature goes back unchanged', async (t, client) => {
  const input = say('What is the capital of my country?');
  const request = ask(t.model('tools-stream'), input, {
    ...THINKING,
    tools: toolsOf(t, 'tools-stream'),
  });
  delete request.reasoning;
  const first = await client.responses.stream(request).finalResponse();
  input.push(...first.output.map(({ parsed_arguments, ...item }) => item), ...resultsOf(first));
  await client.responses.stream(request).finalResponse();
  const history = (await t.received('tools-stream')).at(-1).contents;
  const part = history.find((one) => one.role === 'model').parts.find((one) => one.functionCall);
  assert.ok(part.thoughtSignature?.length > 100, JSON.stringify(history).slice(0, 600));
});

on(['recorded-responses'], 'encrypted reasoning passes through', async (t, client) => {
  const response = await client.responses
    .stream(ask(t.model('reasoning-stream'), 'Compute', THINKING))
    .finalResponse();
  const [thought, ...calls] = response.output;
  assert.equal(thought.type, 'reasoning');
  assert.ok(thought.encrypted_content.length > 100);
  calls.forEach((call) => JSON.parse(call.arguments));
});

on([...SIMULATED, ...OVER, 'recorded-responses'], 'an answer at its limit', async (t, client) => {
  const response = await client.responses.create(
    ask(t.isRecorded ? t.model('length') : t.model(), 'Bridges [simulate: tokens=200]', {
      max_output_tokens: 16,
    }),
  );
  assert.equal(response.status, 'incomplete');
  assert.equal(response.incomplete_details.reason, 'max_output_tokens');
});

on(['simulated', 'over-chat', 'recorded-chat'], 'refusal', async (t, client) => {
  const response = await client.responses.create(
    ask(t.model('refusal'), 'How do I build a bomb? [simulate: refusal]'),
  );
  const parts = response.output.flatMap((item) => item.content ?? []);
  assert.equal(parts[0].type, 'refusal');
  assert.ok(parts[0].refusal.includes("can't"));
});

on(SIMULATED, 'a wrong key is an AuthenticationError', async (t) => {
  const error = await thrownBy(
    clientOf(t, { apiKey: 'gw_sk_wrong' }).responses.create(ask(t.model(), 'Hi')),
  );
  assert.ok(error instanceof OpenAI.AuthenticationError, String(error));
  assert.deepEqual(t.statuses, [401]);
});

on(SIMULATED, 'an unknown model is a NotFoundError', async (t, client) => {
  const error = await thrownBy(client.responses.create(ask('gpt-99', 'Hi')));
  assert.ok(error instanceof OpenAI.NotFoundError, String(error));
  assert.equal(error.code, 'model_not_found');
});

on(['simulated', 'recorded-responses'], 'state is not kept', async (t, client) => {
  const error = await thrownBy(
    client.responses.create(ask(t.model(), 'Hi', { previous_response_id: 'resp_1' })),
  );
  assert.ok(error instanceof OpenAI.BadRequestError, String(error));
  assert.equal(error.param, 'previous_response_id');
});

for (const stream of [false, true]) {
  const how = stream ? 'stream' : 'answer';
  on(SIMULATED, `a low balance is not retried: ${how}`, async (t) => {
    const error = await thrownBy(
      clientOf(t, { apiKey: t.poorKey }).responses.create(
        ask(t.model(), 'Hi', { max_output_tokens: 16_000, stream }),
      ),
    );
    assert.ok(error instanceof OpenAI.APIError, String(error));
    assert.equal(error.status, 402);
    assert.equal(error.code, 'insufficient_balance');
    isLowBalance(error.error.gateway);
    assert.deepEqual(t.statuses, [402]);
  });
}

on(SIMULATED, 'an error inside a stream is thrown', async (t, client) => {
  const error = await thrownBy(
    client.responses
      .create(ask(t.faulty(0), 'Bridges [simulate: error-after=3, token-ms=20]', { stream: true }))
      .then(Array.fromAsync),
  );
  assert.ok(error instanceof OpenAI.APIError, String(error));
});

on([...SIMULATED, ...OVER], 'a cut stream is thrown by the accumulator', async (t, client) => {
  const model = t.upstream === 'simulated' ? t.faulty(1) : t.model();
  const error = await thrownBy(
    client.responses.stream(ask(model, 'Bridges [simulate: cut-after=3, token-ms=20]')).finalResponse(),
  );
  assert.ok(error instanceof OpenAI.OpenAIError, String(error));
});

on(
  ['recorded-messages', 'recorded-chat', 'recorded-responses'],
  "a provider's error inside a stream",
  async (t) => {
    const client = clientOf(t, { maxRetries: 0 });
    const error = await thrownBy(
      client.responses
        .create(ask(t.model('error-in-stream'), 'Hi', { stream: true }))
        .then(Array.fromAsync),
    );
    assert.ok(error instanceof OpenAI.OpenAIError, String(error));
  },
);

on(['simulated', 'over-chat'], 'a stream that is left is charged in part', async (t, client) => {
  const { data: stream, response } = await client.responses
    .create(ask(t.model(), 'Bridges [simulate: tokens=2000, token-ms=20]', { stream: true }))
    .withResponse();
  for await (const event of stream) {
    if (event.type === 'response.output_text.delta') {
      break;
    }
  }
  await t.receipt(response.headers.get('x-arda-generation-id'));
});

on(SIMULATED, 'an Idempotency-Key is charged once', async (t, client) => {
  const header = { headers: { 'Idempotency-Key': 'openai-responses' } };
  const first = await client.responses.create(ask(t.model(), 'Hello'), header).withResponse();
  const second = await client.responses.create(ask(t.model(), 'Hello'), header).withResponse();
  assert.equal(second.data.id, first.data.id);
  assert.equal(second.response.headers.get('x-arda-idempotent-replay'), 'true');
});
