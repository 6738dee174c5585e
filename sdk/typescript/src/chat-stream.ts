import { apiErrorOf } from './api-error.js';
import type { GatewayChatCompletionChunk, GatewayChatUsage } from './chat-types.js';
import { GatewayConnectionError, isGatewayError } from './errors.js';
import { eventsOf } from './events.js';
import { headOf, isObject, jsonObjectOf, unreadable } from './http.js';
import { costOf, settledBalanceOf, type GatewayCost } from './metadata.js';
import type { GatewayBalance } from './recovery.js';

/** What is known when a stream has ended. */
export interface GatewayChatStreamEnd {
  /** Null when the stream was ended early. */
  usage: GatewayChatUsage | null;
  cost: GatewayCost | null;
  /** After the charge; when the stream was ended early, the last that was known. */
  balance: GatewayBalance | null;
}

/** The chunks of an answer; throws what the stream reports, and when it is cut. */
export async function* chunksOf(
  response: Response & { body: ReadableStream<Uint8Array> },
  signal: AbortSignal,
): AsyncGenerator<GatewayChatCompletionChunk, void, undefined> {
  const head = headOf(response);
  let isDone = false;
  try {
    for await (const { data } of eventsOf(response.body)) {
      // Read on to the end of the body, which keeps the connection for the next request.
      if (data === '[DONE]') isDone = true;
      if (isDone) continue;
      const json = jsonObjectOf(data);
      if (isObject(json?.['error'])) throw apiErrorOf(head, json);
      if (!Array.isArray(json?.['choices'])) throw unreadable(head, 'a stream of chat chunks');
      yield json as unknown as GatewayChatCompletionChunk;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw isGatewayError(cause) ? cause : new GatewayConnectionError(CUT, cause);
  }
  if (!isDone) throw new GatewayConnectionError(CUT, undefined);
}

const CUT = 'The stream broke off before its end.';

/** The chunks for their reader, and what they come to at the end for whoever waits for that. */
export class StreamedChunks implements AsyncIterableIterator<GatewayChatCompletionChunk> {
  readonly final: Promise<GatewayChatStreamEnd>;
  readonly #chunks: AsyncGenerator<GatewayChatCompletionChunk, void, undefined>;
  readonly #stop: AbortController;
  readonly #end: Deferred<GatewayChatStreamEnd>;
  /** Read already, because somebody waited for the end first. */
  readonly #ahead: GatewayChatCompletionChunk[] = [];
  readonly #isReplay: boolean;
  #known: GatewayChatStreamEnd;
  #reading: Promise<boolean> | undefined;

  constructor(
    chunks: AsyncGenerator<GatewayChatCompletionChunk, void, undefined>,
    known: { balance: GatewayBalance | null; isReplay: boolean },
    stop: AbortController,
    ended: () => void,
  ) {
    this.#chunks = chunks;
    this.#stop = stop;
    this.#isReplay = known.isReplay;
    this.#known = { usage: null, cost: null, balance: known.balance };
    this.#end = new Deferred(ended);
    this.final = new Awaited(this.#end.promise, () => void this.#drain());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<GatewayChatCompletionChunk, undefined>> {
    for (;;) {
      const value = this.#ahead.shift();
      if (value !== undefined) return { done: false, value };
      if (!(await this.#read())) {
        // What failed the stream fails its reader as well.
        await this.#end.promise;
        return { done: true, value: undefined };
      }
    }
  }

  return(): Promise<IteratorResult<GatewayChatCompletionChunk, undefined>> {
    this.#end.resolve(this.#known);
    this.#ahead.length = 0;
    this.#stop.abort();
    this.#chunks.return().catch(() => undefined);
    return Promise.resolve({ done: true, value: undefined });
  }

  async #drain(): Promise<void> {
    while (await this.#read());
  }

  /** Reads one chunk for all who wait; false when there are none any more. */
  #read(): Promise<boolean> {
    this.#reading ??= this.#readOne().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readOne(): Promise<boolean> {
    try {
      const { done, value } = await this.#chunks.next();
      if (done || this.#end.isSettled) {
        this.#end.resolve(this.#known);
        return false;
      }
      this.#ahead.push(value);
      if (value.usage) this.#note(value.usage);
      return true;
    } catch (error) {
      this.#end.reject(error);
      return false;
    }
  }

  #note(usage: GatewayChatUsage): void {
    // A stored answer tells the balance of its own time.
    const settled = this.#isReplay ? null : settledBalanceOf(usage);
    const balance = settled ?? this.#known.balance;
    this.#known = { usage, cost: costOf(usage), balance };
  }
}

/** A promise that is settled from outside; nobody has to look at it. */
class Deferred<T> {
  readonly promise: Promise<T>;
  isSettled = false;
  #resolve!: (value: T) => void;
  #reject!: (reason: unknown) => void;
  readonly #settled: () => void;

  constructor(settled: () => void) {
    this.#settled = settled;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.promise.catch(() => undefined);
  }

  resolve(value: T): void {
    this.#settle(() => this.#resolve(value));
  }

  reject(reason: unknown): void {
    this.#settle(() => this.#reject(reason));
  }

  #settle(act: () => void): void {
    if (this.isSettled) return;
    this.isSettled = true;
    act();
    this.#settled();
  }
}

/** A promise that does something about itself when somebody begins to wait for it. */
class Awaited<T> implements Promise<T> {
  readonly [Symbol.toStringTag] = 'Promise';
  readonly #promise: Promise<T>;
  readonly #begin: () => void;

  constructor(promise: Promise<T>, begin: () => void) {
    this.#promise = promise;
    this.#begin = begin;
  }

  then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#begin();
    return this.#promise.then(done, failed);
  }

  catch<B = never>(failed?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.then(null, failed);
  }

  finally(act?: (() => void) | null): Promise<T> {
    this.#begin();
    return this.#promise.finally(act);
  }
}
