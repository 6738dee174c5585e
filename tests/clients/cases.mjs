// The list of cases that one client module declares, and the one way to run them.
import { Situation } from './situation.mjs';

const CASE_MS_MAX = 20_000;

/** Where a case runs. "over-x": the simulated provider speaking x alone; "recorded-x": replayed. */
export const SIMULATED = ['simulated'];
export const OVER = ['over-chat', 'over-responses', 'over-messages', 'over-gemini'];
export const RECORDED = [
  'recorded-chat',
  'recorded-responses',
  'recorded-messages',
  'recorded-gemini',
];
export const EVERYWHERE = [...SIMULATED, ...OVER, ...RECORDED];

export class Suite {
  cases = [];

  constructor(client) {
    this.client = client;
  }

  on(upstreams, name, run) {
    for (const upstream of upstreams) {
      this.cases.push({ client: this.client, upstream, name, run });
    }
  }

  async run(world, print) {
    for (const one of this.cases) {
      print(await this.#runOne(one, world));
    }
  }

  async #runOne({ client, upstream, name, run }, world) {
    const situation = new Situation(world, client, upstream);
    const began = performance.now();
    let error = null;
    let timer;
    try {
      const late = new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('The case did not end.')), CASE_MS_MAX);
      });
      await Promise.race([run(situation), late]);
    } catch (thrown) {
      error = `${thrown?.stack ?? thrown}\nanswers:\n${situation.transcript()}`;
    } finally {
      clearTimeout(timer);
    }
    return { client, upstream, name, ms: Math.round(performance.now() - began), error };
  }
}
