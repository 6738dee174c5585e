import { describe, expect, it } from 'vitest';
import {
  ArdaGateway,
  evaluateGatewayBalanceRecovery,
  evaluateGatewayInferenceRecovery,
} from '../src/index.js';

const topupAmountsCents = [2500, 500, 1000];
const returnUrl = 'myapp://billing/complete';
const options = { topupAmountsCents, returnUrl };

describe('evaluateGatewayBalanceRecovery', () => {
  const of = (balanceCents: number, warning: 'low' | null = null, minimumBalanceCents?: number) =>
    evaluateGatewayBalanceRecovery({ balanceCents, warning }, { ...options, minimumBalanceCents });

  it('is none when nothing is known, or enough is there', () => {
    expect(evaluateGatewayBalanceRecovery(null, options).action).toBe('none');
    expect(evaluateGatewayBalanceRecovery(undefined, options).action).toBe('none');
    expect(of(1).action).toBe('none');
    expect(of(500, null, 500).action).toBe('none');
    // The app's own floor takes the place of the gateway's warning.
    expect(of(600, 'low', 500).action).toBe('none');
  });

  it('suggests the smallest amount that restores the floor', () => {
    expect(of(120, null, 500)).toMatchObject({
      action: 'open_portal',
      reason: 'balance_low',
      missingScopes: [],
      portalOptions: { purpose: 'topup', returnUrl, suggestedTopupCents: 500 },
    });
    expect(of(-100, null, 500)).toMatchObject({ portalOptions: { suggestedTopupCents: 1000 } });
    expect(of(0, null, 2000)).toMatchObject({ portalOptions: { suggestedTopupCents: 2500 } });
    expect(of(0, null, 9000)).toMatchObject({ portalOptions: { suggestedTopupCents: 2500 } });
  });

  it('opens without a floor on the warning, and at zero', () => {
    expect(of(90, 'low')).toMatchObject({ action: 'open_portal', reason: 'balance_low' });
    expect(of(0)).toMatchObject({
      action: 'open_portal',
      reason: 'insufficient_balance',
      message: 'The balance is $0.00; top up to continue.',
    });
    expect(of(-5)).toMatchObject({ message: 'The balance is -$0.05; top up to continue.' });
    expect(of(0, null, 0).action).toBe('open_portal');
  });

  it("takes the app's own suggestion as long as it restores the floor", () => {
    const suggesting = (suggestedTopupCents: number) =>
      evaluateGatewayBalanceRecovery(
        { balanceCents: 120, warning: null },
        { ...options, minimumBalanceCents: 1000, suggestedTopupCents },
      );
    expect(suggesting(2500)).toMatchObject({ portalOptions: { suggestedTopupCents: 2500 } });
    expect(suggesting(500)).toMatchObject({ portalOptions: { suggestedTopupCents: 1000 } });
  });

  it('suggests nothing where nothing is on sale', () => {
    const recovery = evaluateGatewayBalanceRecovery({ balanceCents: 0, warning: null });
    expect(recovery).toMatchObject({ portalOptions: { purpose: 'topup' } });
    expect(recovery).not.toHaveProperty('portalOptions.suggestedTopupCents');
    expect(recovery).not.toHaveProperty('portalOptions.returnUrl');
  });
});

describe('evaluateGatewayInferenceRecovery', () => {
  const inner = {
    message: 'The project balance is 3 cents; this request needs up to 12.',
    type: 'billing_error',
    code: 'insufficient_balance',
    param: null,
    gateway: {
      code: 'insufficient_balance',
      action: 'open_portal',
      purpose: 'topup',
      balance_cents: 3,
      required_cents: 12,
      shortfall_cents: 9,
      suggested_topup_cents: 500,
      topup_amounts_cents: [500, 1000, 2500],
    },
  };
  const body = { error: inner };
  const opened = {
    action: 'open_portal',
    reason: 'insufficient_balance',
    message: inner.message,
    missingScopes: [],
    portalOptions: { purpose: 'topup', returnUrl, suggestedTopupCents: 500 },
  };
  const of = (error: unknown) => evaluateGatewayInferenceRecovery(error, options);
  /** An error as a library throws it: members on an Error, not a plain object. */
  const thrown = (members: object) => Object.assign(new Error('402 …'), members);

  it.each([
    ['openai', thrown({ status: 402, error: inner, code: inner.code })],
    ['Anthropic', thrown({ status: 402, error: { type: 'error', error: inner } })],
    [
      'the Vercel AI SDK',
      thrown({ statusCode: 402, data: body, responseBody: JSON.stringify(body) }),
    ],
    [
      'the Vercel AI SDK, unparsed',
      thrown({ statusCode: 402, responseBody: JSON.stringify(body) }),
    ],
    ['the Vercel AI SDK after retries', thrown({ lastError: thrown({ data: body }) })],
    ['a wrapped error', thrown({ cause: thrown({ status: 402, error: inner }) })],
    ['a parsed body', body],
    ['an event in a stream', { type: 'error', error: inner }],
    ['a body as text', JSON.stringify(body)],
    ['a response with its body', { status: 402, body }],
  ])('reads the denial of %s', (_, error) => {
    expect(of(error)).toEqual(opened);
  });

  it('reads our own error', async () => {
    const fetch = () => Promise.resolve(Response.json(body, { status: 402 }));
    const gateway = new ArdaGateway({ apiKey: 'gw_sk_x', fetch });
    const error = await gateway.revoke().catch((caught: unknown) => caught);
    expect(of(error)).toEqual(opened);
  });

  it('picks the amount itself where the gateway suggests none', () => {
    const { suggested_topup_cents: _, ...gateway } = inner.gateway;
    expect(
      of({ error: { ...inner, gateway: { ...gateway, shortfall_cents: 900 } } }),
    ).toMatchObject({ portalOptions: { suggestedTopupCents: 1000 } });
    const frozen = { code: 'project_frozen', action: 'open_portal', purpose: 'account' };
    expect(of({ error: { gateway: frozen } })).toMatchObject({
      portalOptions: { purpose: 'account', returnUrl },
      message: 'The gateway answered project_frozen.',
    });
  });

  it("takes the app's own suggestion as long as it covers what is missing", () => {
    const suggesting = (suggestedTopupCents: number, shortfall: number) =>
      evaluateGatewayInferenceRecovery(
        {
          error: {
            ...inner,
            gateway: {
              ...inner.gateway,
              shortfall_cents: shortfall,
              suggested_topup_cents: shortfall > 500 ? 1000 : 500,
            },
          },
        },
        { ...options, suggestedTopupCents, suggestedAutoReloadEnabled: true },
      );
    expect(suggesting(2500, 9)).toMatchObject({
      portalOptions: { suggestedTopupCents: 2500, suggestedAutoReloadEnabled: true },
    });
    expect(suggesting(500, 900)).toMatchObject({ portalOptions: { suggestedTopupCents: 1000 } });
    expect(of(new Response(null, { status: 402 }))).not.toHaveProperty(
      'portalOptions.suggestedTopupCents',
    );
  });

  it('finds the status of an answer that a client has wrapped', () => {
    const headers = { 'retry-after': '7' };
    const tired = thrown({ lastError: thrown({ statusCode: 503, responseHeaders: headers }) });
    expect(of(tired)).toMatchObject({ action: 'wait', retryAfterSeconds: 7 });
    expect(of(thrown({ cause: thrown({ status: 402 }) }))).toMatchObject({
      action: 'open_portal',
      portalOptions: { purpose: 'topup', returnUrl },
    });
    // The body says what to do and the headers for how long, each where the client keeps it.
    const hold = { code: 'balance_on_hold', action: 'wait' };
    const wrapped = thrown({ cause: thrown({ status: 429, headers, error: { gateway: hold } }) });
    expect(of(wrapped)).toMatchObject({ reason: 'balance_on_hold', retryAfterSeconds: 7 });
  });

  it('tells what to ask for again, and how long to wait', () => {
    const scope = {
      code: 'insufficient_scope',
      action: 'reconnect',
      missing_scopes: ['usage:read'],
    };
    expect(of({ error: { gateway: scope } })).toMatchObject({
      action: 'reconnect',
      reason: 'insufficient_scope',
      missingScopes: ['usage:read'],
    });
    const wait = { code: 'balance_on_hold', action: 'wait', retry_after_seconds: 3 };
    expect(of({ error: { gateway: wait } })).toMatchObject({
      action: 'wait',
      retryAfterSeconds: 3,
    });
    const app = { code: 'app_suspended', action: 'contact_app' };
    expect(of({ error: { gateway: app } })).toMatchObject({ action: 'contact_app' });
  });

  it('goes by the status where the body is gone', () => {
    expect(of(new Response(null, { status: 401 }))).toMatchObject({ action: 'reconnect' });
    expect(of(new Response(null, { status: 402 }))).toMatchObject({
      action: 'open_portal',
      portalOptions: { purpose: 'topup', returnUrl },
    });
    expect(of(new Response(null, { status: 429, headers: { 'retry-after': '7' } }))).toMatchObject({
      action: 'wait',
      retryAfterSeconds: 7,
    });
    expect(of(new Response(null, { status: 503 }))).toMatchObject({ reason: 'unavailable' });
    expect(of({ statusCode: 429, responseHeaders: { 'Retry-After': '7' } })).toMatchObject({
      retryAfterSeconds: 7,
    });
    const challenge = 'Bearer error="insufficient_scope", scope="inference usage:read"';
    expect(
      of(new Response(null, { status: 403, headers: { 'www-authenticate': challenge } })),
    ).toMatchObject({ action: 'reconnect', missingScopes: ['inference', 'usage:read'] });
  });

  it('is none for what is no matter of billing', () => {
    const circle: Record<string, unknown> = {};
    circle['cause'] = circle;
    for (const error of [
      null,
      undefined,
      'text',
      42,
      new TypeError('fetch failed'),
      { status: 400 },
      { status: 403 },
      { status: 500 },
      { error: { code: 'model_not_found' } },
      { error: { gateway: { code: 'x', action: 'dance' } } },
      circle,
    ]) {
      expect(of(error).action).toBe('none');
    }
  });
});
