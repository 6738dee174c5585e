import assert from 'node:assert/strict';
import recordings from './recordings.json' with { type: 'json' };

const CITY_TOOL = {
  name: 'get_weather',
  description: 'The current weather of a city.',
  schema: {
    type: 'object',
    properties: { city: { type: 'string', description: 'The name of the city' } },
    required: ['city'],
    additionalProperties: false,
  },
};
const SIMULATED_CALLS = [
  ['get_weather', { city: 'Paris' }],
  ['get_weather', { city: 'Oslo' }],
];
const SIMULATED_MODELS = { reasoning: 'reasoner', 'reasoning-tools': 'reasoner', pdf: 'reasoner' };

/** What one case knows: where the gateway is, which model stands for which upstream, and what the
 * answer must say. Its `fetch` is handed to the client, which lets a case see each attempt. */
export class Situation {
  #world;
  #answers = [];

  constructor(world, client, upstream) {
    this.#world = world;
    this.client = client;
    this.upstream = upstream;
    this.url = world.url;
    this.key = world.keys.rich;
    this.poorKey = world.keys.poor;
    this.slowKey = world.keys.slow[client];
    this.isRecorded = upstream.startsWith('recorded-');
  }

  /** The model whose upstream plays this scene; recordings are named after the scene. */
  model(scene = 'plain') {
    if (this.isRecorded) {
      assert.ok(recordings[this.upstream][scene], `${this.upstream} has no recording of ${scene}`);
      return `${this.upstream}/${scene}`;
    }
    const name = scene.startsWith('reasoning') ? 'reasoner' : (SIMULATED_MODELS[scene] ?? 'chat');
    return `${this.upstream}/${name}`;
  }

  /** A simulated model that nobody else uses: faults on demand count for a model's health. */
  faulty(number) {
    return `faulty/${this.client}-${number}`;
  }

  says(scene, text) {
    const said = recordings[this.upstream]?.[scene]?.says;
    assert.equal(typeof text, 'string');
    assert.ok(text.length > 0, 'the answer has text');
    assert.ok(text.includes(said ?? ''), `"${text}" does not say "${said}"`);
  }

  /** What the model will call: [[name, arguments], …]. */
  calls(scene = 'tools') {
    return this.isRecorded ? recordings[this.upstream][scene].calls : SIMULATED_CALLS;
  }

  /** Tools that fit these calls, as {name, description, schema}. */
  tools(scene = 'tools') {
    if (!this.isRecorded) {
      return [CITY_TOOL];
    }
    return Object.entries(Object.fromEntries(this.calls(scene))).map(([name, example]) => ({
      name,
      description: `Answers ${name}.`,
      schema: {
        type: 'object',
        properties: Object.fromEntries(
          Object.keys(example).map((member) => [member, { type: 'string' }]),
        ),
        required: Object.keys(example),
        additionalProperties: false,
      },
    }));
  }

  /** The calls as the client read them; order counts. */
  called(scene, calls) {
    assert.deepEqual(calls, this.calls(scene));
  }

  /** The end of a tool loop: the simulation quotes what the tools returned. */
  concludes(scene, text, result) {
    this.says(scene, text);
    if (!this.isRecorded) {
      assert.ok(text.includes(result), `"${text}" does not quote "${result}"`);
    }
  }

  /** The bodies that reached the recorded upstream of a scene, the newest last. */
  async received(scene) {
    const [provider, name] = this.model(scene).split('/');
    const answer = await fetch(`${this.#world.upstream}/received/${provider}/${name}`);
    return answer.json();
  }

  /** The receipt of a charge, once there is one. */
  async receipt(generation) {
    for (let i = 0; i < 100; i++) {
      const answer = await fetch(`${this.url}/v1/gateway/generations/${generation}`, {
        headers: { authorization: `Bearer ${this.key}` },
      });
      if (answer.ok) {
        return (await answer.json()).receipt;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`There is no receipt of ${generation}.`);
  }

  fetch = async (input, init) => {
    const response = await fetch(input, init);
    this.#answers.push({ status: response.status, headers: response.headers, request: init?.body });
    return response;
  };

  /** The statuses of all attempts so far. */
  get statuses() {
    return this.#answers.map((one) => one.status);
  }

  get lastHeaders() {
    return this.#answers.at(-1).headers;
  }

  transcript() {
    return this.#answers
      .map(({ status, headers, request }) =>
        [
          `  ${status} ${headers.get('x-request-id')} dropped=${headers.get('x-arda-dropped-params')}`,
          `  ${String(request).slice(0, 1500)}`,
        ].join('\n'),
      )
      .join('\n');
  }
}

export const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

export const PDF = Buffer.from(
  '%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n' +
    '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
    '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\n' +
    'trailer<</Root 1 0 R>>\n%%EOF\n',
).toString('base64');

/** Cost is a decimal number of dollars above nothing. */
export function isCharged(usage) {
  assert.equal(typeof usage.cost, 'number', `usage has no cost: ${JSON.stringify(usage)}`);
  assert.ok(usage.cost > 0);
  assert.equal(typeof usage.cost_details.base, 'number');
}

/** The denial that came with an error of any client. */
export function isLowBalance(gateway) {
  assert.equal(gateway.code, 'insufficient_balance');
  assert.equal(gateway.action, 'open_portal');
  assert.ok(gateway.topup_amounts_cents.length > 0);
}

export async function thrownBy(promise) {
  try {
    const value = await promise;
    throw Object.assign(new Error(`Nothing was thrown but ${JSON.stringify(value)}`), {
      notThrown: true,
    });
  } catch (error) {
    if (error.notThrown) {
      throw error;
    }
    return error;
  }
}
