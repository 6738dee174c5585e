import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  GatewayAccessDeniedError,
  GatewayDeviceCodeExpiredError,
  GatewayOAuthError,
  pollGatewayDeviceAuthorization,
  startGatewayDeviceAuthorization,
  waitForGatewayDeviceAuthorization,
  type GatewayDeviceAuthorization,
  type GatewayFetch,
} from '../src/index.js';
import { APP, json, SERVER_APP, SERVER_SECRET, TestGateway } from './gateway.js';

let gateway: TestGateway;
let options: { baseUrl: string; clientId: string };
let device: GatewayDeviceAuthorization;

beforeEach(async () => {
  gateway = await TestGateway.start();
  options = { baseUrl: gateway.url, clientId: APP };
  device = await startGatewayDeviceAuthorization({
    ...options,
    scopes: ['inference', 'usage:read'],
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await gateway.stop();
});

function decide(state: 'approved' | 'denied' | 'expired'): void {
  gateway.devices.get(device.deviceCode)!.state = state;
}

function poll(more: object = {}) {
  return pollGatewayDeviceAuthorization({ ...options, deviceCode: device.deviceCode, ...more });
}

describe('startGatewayDeviceAuthorization', () => {
  it('answers both codes and where to go', () => {
    expect(device).toEqual({
      deviceCode: expect.stringMatching(/^gw_dc_/),
      userCode: 'WDJB-MJHT',
      verificationUri: `${gateway.url}/connect`,
      verificationUriComplete: `${gateway.url}/connect?user_code=WDJB-MJHT`,
      expiresIn: 600,
      interval: 5,
    });
    expect(gateway.seen[0]!.form.get('scope')).toBe('inference usage:read');
  });

  it('takes five seconds where the server names no interval', async () => {
    gateway.instead.push((response) =>
      json(response, 200, {
        device_code: 'd',
        user_code: 'u',
        verification_uri: 'https://x.example/connect',
        expires_in: 600,
      }),
    );
    const started = await startGatewayDeviceAuthorization(options);
    expect(started.interval).toBe(5);
    expect(started).not.toHaveProperty('verificationUriComplete');
  });

  it('signs a confidential app in by Basic', async () => {
    const asServer = { ...options, clientId: SERVER_APP };
    const started = await startGatewayDeviceAuthorization({
      ...asServer,
      clientSecret: SERVER_SECRET,
    });
    gateway.devices.get(started.deviceCode)!.state = 'approved';
    const { deviceCode } = started;
    const act = pollGatewayDeviceAuthorization({ ...asServer, deviceCode });
    await expect(act).rejects.toMatchObject({ error: 'invalid_client' });
    const polled = await pollGatewayDeviceAuthorization({
      ...asServer,
      deviceCode,
      clientSecret: SERVER_SECRET,
    });
    expect(polled.status).toBe('connected');
  });

  it('throws what the server refuses', async () => {
    const act = startGatewayDeviceAuthorization({ ...options, clientId: 'gw_app_unknown' });
    await expect(act).rejects.toBeInstanceOf(GatewayOAuthError);
  });
});

describe('pollGatewayDeviceAuthorization', () => {
  it('is pending until the user has decided, then connected', async () => {
    expect(await poll()).toEqual({ status: 'pending', interval: 5 });
    decide('approved');
    const connected = await poll();
    expect(connected).toMatchObject({
      status: 'connected',
      apiKey: expect.stringMatching(/^gw_sk_/),
      scopes: ['inference', 'usage:read'],
      project: { slug: 'demo' },
    });
    if (connected.status === 'connected') await connected.gateway.revoke();
    expect(gateway.liveKeys.size).toBe(0);
  });

  it('adds five seconds each time it is told to slow down', async () => {
    gateway.devices.get(device.deviceCode)!.tooFast = 2;
    const once = await poll({ interval: device.interval });
    expect(once).toEqual({ status: 'pending', interval: 10 });
    const twice = await poll({ interval: 10 });
    expect(twice).toEqual({ status: 'pending', interval: 15 });
    expect(await poll({ interval: 15 })).toEqual({ status: 'pending', interval: 15 });
  });

  it('throws a typed error when the user said no, and when nobody said anything', async () => {
    decide('denied');
    await expect(poll()).rejects.toBeInstanceOf(GatewayAccessDeniedError);
    decide('expired');
    await expect(poll()).rejects.toBeInstanceOf(GatewayDeviceCodeExpiredError);
    await expect(poll()).rejects.toMatchObject({ error: 'expired_token', status: 400 });
    await expect(poll({ deviceCode: 'gw_dc_other' })).rejects.toMatchObject({
      error: 'invalid_grant',
    });
  });
});

describe('waitForGatewayDeviceAuthorization', () => {
  /** A gateway that answers these in turn, and the seconds at which it was asked. */
  function scripted(...answers: (Response | Error | (() => Response))[]) {
    vi.useFakeTimers();
    const start = Date.now();
    const asked: number[] = [];
    const fetch: GatewayFetch = () => {
      asked.push((Date.now() - start) / 1000);
      const answer = answers.shift();
      if (answer instanceof Error) return Promise.reject(answer);
      return Promise.resolve(typeof answer === 'function' ? answer() : answer!);
    };
    const wait = waitForGatewayDeviceAuthorization({ ...options, ...device, fetch });
    wait.catch(() => {});
    return { wait, asked };
  }

  const error = (name: string, status = 400, headers = {}) =>
    Response.json({ error: name }, { status, headers });
  const pending = () => error('authorization_pending');
  const connected = () =>
    Response.json({
      access_token: 'gw_sk_x',
      token_type: 'Bearer',
      scope: 'inference',
      key_id: 'key_1',
      project: { id: 'prj_1', slug: 'demo' },
    });

  it('waits before each poll, and stops at the answer', async () => {
    const { wait, asked } = scripted(pending(), pending(), connected());
    await vi.advanceTimersByTimeAsync(600_000);
    expect((await wait).apiKey).toBe('gw_sk_x');
    expect(asked).toEqual([5, 10, 15]);
  });

  it('slows down for good', async () => {
    const { wait, asked } = scripted(
      error('slow_down'),
      pending(),
      error('slow_down'),
      connected(),
    );
    await vi.advanceTimersByTimeAsync(600_000);
    await wait;
    expect(asked).toEqual([5, 15, 25, 40]);
  });

  it('doubles its pause while the connection fails, and returns to the interval', async () => {
    const lost = () => new TypeError('fetch failed');
    const { wait, asked } = scripted(lost(), lost(), pending(), connected());
    await vi.advanceTimersByTimeAsync(600_000);
    await wait;
    expect(asked).toEqual([5, 15, 35, 40]);
  });

  it('heeds Retry-After of an overloaded gateway, in seconds or as a date', async () => {
    const { wait, asked } = scripted(
      error('temporarily_unavailable', 429, { 'retry-after': '30' }),
      () =>
        error('temporarily_unavailable', 503, {
          'retry-after': new Date(Date.now() + 90_000).toUTCString(),
        }),
      new Response('<h1>Bad gateway</h1>', { status: 502 }),
      connected(),
    );
    await vi.advanceTimersByTimeAsync(600_000);
    await wait;
    expect(asked[1]).toBe(35);
    expect(asked[2]).toBeGreaterThanOrEqual(124);
    expect(asked[2]).toBeLessThanOrEqual(126);
  });

  it.each([
    ['access_denied', GatewayAccessDeniedError],
    ['expired_token', GatewayDeviceCodeExpiredError],
    ['invalid_grant', GatewayOAuthError],
  ])('ends at %s', async (name, kind) => {
    const { wait, asked } = scripted(pending(), error(name), connected());
    await vi.advanceTimersByTimeAsync(600_000);
    await expect(wait).rejects.toBeInstanceOf(kind);
    expect(asked).toEqual([5, 10]);
  });

  it('ends with the codes, without asking once more', async () => {
    const { wait, asked } = scripted(...Array.from({ length: 200 }, pending));
    await vi.advanceTimersByTimeAsync(599_000);
    expect(asked).toHaveLength(119);
    await vi.advanceTimersByTimeAsync(1_000);
    await expect(wait).rejects.toBeInstanceOf(GatewayDeviceCodeExpiredError);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toHaveLength(119);
  });

  it('ends at once with the reason of its signal, and leaves nothing behind', async () => {
    vi.useFakeTimers();
    const controller = new AbortController();
    const { signal } = controller;
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const fetch: GatewayFetch = () => Promise.resolve(pending());
    const wait = waitForGatewayDeviceAuthorization({ ...options, ...device, fetch, signal });
    wait.catch(() => {});
    await vi.advanceTimersByTimeAsync(12_000);
    expect(added).toHaveBeenCalledTimes(3);
    expect(removed).toHaveBeenCalledTimes(2);
    controller.abort(new Error('closed'));
    await expect(wait).rejects.toThrow('closed');
    expect(vi.getTimerCount()).toBe(0);
    const again = waitForGatewayDeviceAuthorization({ ...options, ...device, fetch, signal });
    await expect(again).rejects.toThrow('closed');
  });
});
