// A gateway with a balance: it refuses until its user has paid, and tells so by its portal session.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ArdaGateway,
  evaluateGatewayInferenceRecovery,
  type GatewayFetch,
  type GatewayPortalSession,
} from '../src/index.js';

const request = { model: 'arda/auto', messages: [{ role: 'user' as const, content: 'Hi' }] };
const returnUrl = 'myapp://billing/complete';

class Books {
  isFunded = false;
  status = 'open';
  sessions = 0;
  /** Answers of the next portal calls, such as an outage. */
  readonly instead: Response[] = [];
  readonly chats: { key: string | null; body: string }[] = [];
  #news: (() => void)[] = [];

  move(status: string): void {
    this.status = status;
    this.isFunded ||= status === 'funded';
    for (const tell of this.#news.splice(0)) tell();
  }

  readonly fetch: GatewayFetch = (url, init = {}) => {
    init.signal?.throwIfAborted();
    const { pathname } = new URL(url);
    if (pathname === '/v1/chat/completions') return Promise.resolve(this.#chat(init));
    const instead = this.instead.shift();
    if (instead) return Promise.resolve(instead);
    if (pathname.endsWith('/events')) return Promise.resolve(this.#events(init.signal));
    if (init.method === 'POST') return Promise.resolve(this.#create());
    return Promise.resolve(Response.json(this.#state()));
  };

  #state(): object {
    const isFinal = !['open', 'opened'].includes(this.status);
    const retry = ['funded', 'saved', 'limits_changed'].includes(this.status);
    const rest = { purpose: 'topup', is_final: isFinal, should_retry: retry };
    return { id: `ps_${this.sessions}`, status: this.status, ...rest };
  }

  #create(): Response {
    this.sessions += 1;
    this.status = 'open';
    const session = { url: 'https://g/billing/open/x', expires_at: '2026-11-25T12:15:00.000Z' };
    return Response.json({ id: `ps_${this.sessions}`, ...session }, { status: 201 });
  }

  #chat(init: RequestInit): Response {
    const key = new Headers(init.headers).get('idempotency-key');
    this.chats.push({ key, body: init.body as string });
    if (this.isFunded) return Response.json({ choices: [], usage: { cost: 0.1 } });
    const gateway = {
      code: 'insufficient_balance',
      action: 'open_portal',
      purpose: 'topup',
      suggested_topup_cents: 500,
    };
    const error = { message: 'Top up.', code: 'insufficient_balance', gateway };
    return Response.json({ error }, { status: 402 });
  }

  #events(signal: AbortSignal | null | undefined): Response {
    const encoder = new TextEncoder();
    let isOpen = true;
    const body = new ReadableStream<Uint8Array>({
      cancel: () => void (isOpen = false),
      start: (stream) => {
        const tell = (): void => {
          if (!isOpen) return;
          const text = `event: portal_session\ndata: ${JSON.stringify(this.#state())}\n\n`;
          stream.enqueue(encoder.encode(text));
          this.#news.push(tell);
        };
        signal?.addEventListener('abort', () => {
          if (isOpen) stream.error(signal.reason);
          isOpen = false;
        });
        tell();
      },
    });
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
  }
}

let books: Books;
let gateway: ArdaGateway;

beforeEach(() => {
  books = new Books();
  gateway = new ArdaGateway({ apiKey: 'gw_sk_x', fetch: books.fetch });
});

afterEach(() => void vi.useRealTimers());

/** A user who does something with the portal, a moment after it was opened. */
const user = (...statuses: string[]) => ({
  returnUrl,
  openPortal: vi.fn((_: GatewayPortalSession) => {
    setTimeout(() => statuses.forEach((status) => books.move(status)), 5);
  }),
});

const thrownBy = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a call that waits for its user', () => {
  it('goes on with the same request and key once it is paid for', async () => {
    const waitForUser = user('opened', 'funded');
    const result = await gateway.createChatCompletionWithMetadata(request, { waitForUser });
    expect(result.cost?.totalUsd).toBe(0.1);
    expect(waitForUser.openPortal).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ id: 'ps_1', url: 'https://g/billing/open/x' }),
      expect.objectContaining({
        action: 'open_portal',
        portalOptions: { purpose: 'topup', returnUrl, suggestedTopupCents: 500 },
      }),
    );
    expect(books.chats).toHaveLength(2);
    expect(books.chats[0]!.key).toMatch(/^[\w-]{43}$/);
    expect(books.chats[1]).toEqual(books.chats[0]);
  });

  it('asks a user who never puts it right five times, and then gives up', async () => {
    // A card is saved each time, and never any money added.
    const waitForUser = user('saved');
    const call = gateway.createChatCompletionWithMetadata(request, { waitForUser });
    expect(await thrownBy(call)).toMatchObject({ name: 'GatewayApiError', status: 402 });
    expect(waitForUser.openPortal).toHaveBeenCalledTimes(5);
    expect(books.chats).toHaveLength(6);
  });

  it.each([
    ['cancelled', 'payment_cancelled'],
    ['failed', 'payment_failed'],
    ['expired', 'portal_session_expired'],
  ])('ends when the visit is %s, and still knows the way out', async (status, code) => {
    const waitForUser = user(status);
    const call = gateway.createChatCompletionWithMetadata(request, { waitForUser });
    const error = await thrownBy(call);
    expect(error).toMatchObject({ name: 'GatewayUserWaitError', code, cause: { status: 402 } });
    expect(evaluateGatewayInferenceRecovery(error).action).toBe('open_portal');
    expect(books.chats).toHaveLength(1);
  });

  it('opens the portal again when what was paid does not suffice', async () => {
    let visits = 0;
    const openPortal = (): void => {
      visits += 1;
      if (visits === 1) setTimeout(() => books.move('saved'), 5);
      else setTimeout(() => books.move('funded'), 5);
    };
    await gateway.createChatCompletionWithMetadata(request, { waitForUser: { openPortal } });
    expect([visits, books.sessions, books.chats.length]).toEqual([2, 2, 3]);
  });

  it('ends at its time limit', async () => {
    const waitForUser = { openPortal: () => undefined, timeoutMs: 20 };
    const error = await thrownBy(
      gateway.createChatCompletionWithMetadata(request, { waitForUser }),
    );
    expect(error).toMatchObject({ code: 'wait_timed_out', cause: { status: 402 } });
  });

  it('ends with the reason of its signal', async () => {
    const control = new AbortController();
    const openPortal = () => void setTimeout(() => control.abort(new Error('closed')), 5);
    const call = gateway.createChatCompletionWithMetadata(request, {
      signal: control.signal,
      waitForUser: { openPortal },
    });
    await expect(call).rejects.toThrow('closed');
  });

  it('ends with what the callback throws', async () => {
    const openPortal = () => Promise.reject(new Error('the dialog was dismissed'));
    const call = gateway.createChatCompletionWithMetadata(request, { waitForUser: { openPortal } });
    await expect(call).rejects.toThrow('the dialog was dismissed');
  });

  it('does not wait for a callback that ends only when its dialog does', async () => {
    const openPortal = () => {
      setTimeout(() => books.move('funded'), 5);
      return new Promise<void>(() => undefined);
    };
    await gateway.createChatCompletionWithMetadata(request, { waitForUser: { openPortal } });
    expect(books.chats).toHaveLength(2);
  });

  it('survives an outage while it waits', async () => {
    const openPortal = () => {
      books.instead.push(new Response(null, { status: 503 }));
      setTimeout(() => books.move('funded'), 5);
    };
    await gateway.createChatCompletionWithMetadata(request, { waitForUser: { openPortal } });
    expect(books.chats).toHaveLength(2);
  });

  it('waits for a streamed answer as well', async () => {
    const waitForUser = user('cancelled');
    const call = gateway.createChatCompletionStreamWithMetadata(request, { waitForUser });
    expect(await thrownBy(call)).toMatchObject({ code: 'payment_cancelled' });
  });

  it('runs the request of any client', async () => {
    const keys: string[] = [];
    const answer = await gateway.resumeWhenFunded(async ({ idempotencyKey }) => {
      keys.push(idempotencyKey);
      if (!books.isFunded) throw Object.assign(new Error('402'), { status: 402 });
      return 'answered';
    }, user('funded'));
    expect(answer).toBe('answered');
    expect(keys[0]).toBe(keys[1]);
  });

  it('throws what has nothing to do with billing as it is', async () => {
    const mine = new TypeError('mine');
    await expect(gateway.resumeWhenFunded(() => Promise.reject(mine), user())).rejects.toBe(mine);
  });
});

describe('a refusal that passes by itself', () => {
  const busy = (seconds: string) =>
    new Response(
      '{"error":{"message":"Busy.","gateway":{"code":"rate_limited","action":"wait"}}}',
      {
        status: 429,
        headers: { 'retry-after': seconds },
      },
    );
  const whole = () => Response.json({ choices: [] });

  function answering(...answers: (() => Response)[]): { calls: number; gateway: ArdaGateway } {
    const counted = { calls: 0 };
    const fetch = () => Promise.resolve(answers[counted.calls++]!());
    return Object.assign(counted, { gateway: new ArdaGateway({ apiKey: 'gw_sk_x', fetch }) });
  }

  it('is waited for as the gateway says', async () => {
    const now = answering(() => busy('0'), whole);
    await now.gateway.createChatCompletionWithMetadata(request);
    expect(now.calls).toBe(2);
  });

  it('is thrown after two retries, or at once when none are wanted', async () => {
    const busyOnce = () => busy('0');
    const twice = answering(busyOnce, busyOnce, busyOnce, whole);
    const call = twice.gateway.createChatCompletionWithMetadata(request);
    await expect(call).rejects.toMatchObject({ status: 429 });
    expect(twice.calls).toBe(3);
    const never = answering(busyOnce, whole);
    const once = never.gateway.createChatCompletionWithMetadata(request, { maxRetries: 0 });
    await expect(once).rejects.toMatchObject({ status: 429 });
    expect(never.calls).toBe(1);
  });

  it('is thrown at once when it takes longer than a minute', async () => {
    const long = answering(() => busy('61'));
    const call = long.gateway.createChatCompletionWithMetadata(request);
    await expect(call).rejects.toMatchObject({ retryAfterSeconds: 61 });
  });

  it('is nothing like a lost answer, which may have been paid for', async () => {
    const fetch = vi.fn(() => Promise.reject(new TypeError('fetch failed')));
    const lost = new ArdaGateway({ apiKey: 'gw_sk_x', fetch });
    await expect(lost.createChatCompletionWithMetadata(request)).rejects.toMatchObject({
      code: 'connection_failed',
    });
    expect(fetch).toHaveBeenCalledTimes(1);
  });
});
