import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createGatewayOAuthAuthorizationUrl,
  exchangeGatewayOAuthCode,
  GatewayArgumentError,
  GatewayConnectionError,
  GatewayOAuthError,
  GatewayResponseError,
  getGatewayOAuthAuthorizeInfo,
  isGatewayError,
  parseGatewayOAuthCallback,
} from '../src/index.js';
import { MemoryStorage, showPage } from './browser-globals.js';
import { APP, json, jwtOf, PENDING_APP, REDIRECT, SERVER_APP, SERVER_SECRET } from './gateway.js';
import { TestGateway } from './gateway.js';

const EMPTY_KEY = {
  access_token: '',
  token_type: 'Bearer',
  scope: 'a',
  key_id: 'k',
  project: { id: 'p', slug: 's' },
};

let gateway: TestGateway;
let options: { baseUrl: string; clientId: string; redirectUri: string };

beforeEach(async () => {
  gateway = await TestGateway.start();
  options = { baseUrl: gateway.url, clientId: APP, redirectUri: REDIRECT };
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await gateway.stop();
});

async function caught(act: () => unknown): Promise<unknown> {
  try {
    await act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

/** Authorizes as a server or desktop app does, which keeps verifier and state itself. */
async function authorized(more: { scopes?: string[]; nonce?: string; clientId?: string } = {}) {
  const auth = await createGatewayOAuthAuthorizationUrl({ ...options, ...more });
  const callback = parseGatewayOAuthCallback(gateway.allow(auth.url), {
    baseUrl: gateway.url,
    state: auth.state,
  });
  return { ...options, ...more, code: callback.code, codeVerifier: auth.codeVerifier };
}

describe('getGatewayOAuthAuthorizeInfo', () => {
  it('answers the app in camelCase', async () => {
    const info = await getGatewayOAuthAuthorizeInfo({ ...options, scopes: ['inference', 'email'] });
    expect(info).toEqual({
      clientId: APP,
      name: 'Lens',
      description: 'Looks at things.',
      websiteUrl: 'https://lens.example',
      publisher: { name: 'Lens Labs', verifiedDomain: 'lens.example' },
      status: 'approved',
      scopes: [
        {
          name: 'inference',
          title: 'Title of inference',
          description: 'What inference allows.',
          required: true,
        },
        {
          name: 'email',
          title: 'Title of email',
          description: 'What email allows.',
          required: false,
        },
      ],
      reseller: {
        enabled: true,
        markupBps: 1500,
        disclosure: 'Lens adds 15%: a request that costs $0.0100 costs you $0.0115.',
      },
    });
  });

  it('says null for what the app has not, and nothing more', async () => {
    gateway.instead.push((response) =>
      json(response, 200, {
        client_id: APP,
        name: 'Lens',
        publisher: { name: 'Lens Labs' },
        status: 'approved',
        redirect_uri_valid: true,
        scopes: [],
        reseller: { enabled: false, markup_bps: 0 },
      }),
    );
    const info = await getGatewayOAuthAuthorizeInfo(options);
    expect(info.description).toBeNull();
    expect(info.publisher.verifiedDomain).toBeNull();
    expect(info.reseller).toEqual({ enabled: false, markupBps: 0, disclosure: '' });
  });

  it.each([
    ['gw_app_unknown', REDIRECT, 404, 'invalid_client'],
    [APP, 'https://elsewhere.example/cb', 400, 'invalid_redirect_uri'],
    [PENDING_APP, REDIRECT, 403, 'app_not_approved'],
  ])('%s at %s is %i %s', async (clientId, redirectUri, status, error) => {
    const act = () => getGatewayOAuthAuthorizeInfo({ ...options, clientId, redirectUri });
    const thrown = await caught(act);
    expect(thrown).toBeInstanceOf(GatewayOAuthError);
    expect(thrown).toMatchObject({ status, error, code: error, requestId: 'req_1' });
    expect((thrown as GatewayOAuthError).message).toBe(
      (thrown as GatewayOAuthError).errorDescription,
    );
    expect((thrown as GatewayOAuthError).appStatus).toBe(
      error === 'app_not_approved' ? 'pending' : undefined,
    );
  });
});

describe('createGatewayOAuthAuthorizationUrl', () => {
  it('goes to the public gateway when nothing else is said', async () => {
    const auth = await createGatewayOAuthAuthorizationUrl({ clientId: APP, redirectUri: REDIRECT });
    expect(auth.url).toMatch(/^https:\/\/gateway\.ardabot\.ai\/oauth\/authorize\?/);
  });

  it('asks for a code with S256 over a 256-bit verifier', async () => {
    const auth = await createGatewayOAuthAuthorizationUrl({
      ...options,
      scopes: ['openid', 'inference'],
      nonce: 'n-1',
    });
    const url = new URL(auth.url);
    expect(`${url.origin}${url.pathname}`).toBe(`${gateway.url}/oauth/authorize`);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: APP,
      redirect_uri: REDIRECT,
      code_challenge: auth.codeChallenge,
      code_challenge_method: 'S256',
      state: auth.state,
      scope: 'openid inference',
      nonce: 'n-1',
    });
    expect(auth.codeVerifier).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(auth.state).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(auth.codeChallenge).toBe(
      createHash('sha256').update(auth.codeVerifier).digest('base64url'),
    );
  });

  it('sends no scope and no nonce when none is given, and calls nobody', async () => {
    const { searchParams } = new URL((await createGatewayOAuthAuthorizationUrl(options)).url);
    expect(searchParams.has('scope')).toBe(false);
    expect(searchParams.has('nonce')).toBe(false);
    expect(gateway.seen).toEqual([]);
  });

  it('never makes the same verifier or state twice', async () => {
    const made = await Promise.all(
      Array.from({ length: 200 }, () => createGatewayOAuthAuthorizationUrl(options)),
    );
    expect(new Set(made.map((auth) => auth.codeVerifier)).size).toBe(200);
    expect(new Set(made.map((auth) => auth.state)).size).toBe(200);
  });

  it('takes a state of the app, byte for byte', async () => {
    const state = 'a&b=c#d +%00 ü';
    const auth = await createGatewayOAuthAuthorizationUrl({ ...options, state });
    expect(auth.state).toBe(state);
    expect(new URL(auth.url).searchParams.get('state')).toBe(state);
  });

  it('forgets authorizations that were abandoned, and nothing of the app', async () => {
    const storage = new MemoryStorage();
    showPage('https://app.example/', storage);
    vi.setSystemTime(Date.now() - 31 * 60 * 1000);
    await createGatewayOAuthAuthorizationUrl(options);
    vi.useRealTimers();
    storage.setItem('arda.gateway.oauth.broken', '{');
    storage.setItem('theirs', 'kept');
    const { state } = await createGatewayOAuthAuthorizationUrl(options);
    const names = Array.from({ length: storage.length }, (_, index) => storage.key(index));
    expect(names).toEqual(['theirs', `arda.gateway.oauth.${state}`]);
  });

  it('works where storing is forbidden or full', async () => {
    const full = new MemoryStorage();
    full.setItem = () => {
      throw new Error('QuotaExceededError');
    };
    showPage('https://app.example/', full);
    expect((await createGatewayOAuthAuthorizationUrl(options)).url).toContain('/oauth/authorize?');
    vi.unstubAllGlobals();
    Object.defineProperty(globalThis, 'sessionStorage', {
      configurable: true,
      get: () => {
        throw new Error('SecurityError');
      },
    });
    try {
      expect((await createGatewayOAuthAuthorizationUrl(options)).codeVerifier).toHaveLength(43);
    } finally {
      delete (globalThis as { sessionStorage?: unknown }).sessionStorage;
    }
  });

  it('says what to do where the page may not hash', async () => {
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes });
    const thrown = await caught(() => createGatewayOAuthAuthorizationUrl(options));
    expect(thrown).toMatchObject({ name: 'GatewayArgumentError', code: 'insecure_context' });
  });

  it.each(['clientId', 'redirectUri', 'state', 'nonce'])('refuses an empty %s', async (name) => {
    const act = () => createGatewayOAuthAuthorizationUrl({ ...options, [name]: '' });
    expect(await caught(act)).toMatchObject({ code: 'missing_argument' });
  });

  it.each(['gateway.example', 'ftp://x', 'https://u@x', 'https://x?y=1', 'https://x#y', ''])(
    'refuses the address %j',
    async (baseUrl) => {
      const thrown = await caught(() =>
        createGatewayOAuthAuthorizationUrl({ ...options, baseUrl }),
      );
      expect(thrown).toBeInstanceOf(GatewayArgumentError);
      expect(thrown).toMatchObject({ code: 'invalid_base_url' });
    },
  );

  it('takes an address with a slash at its end', async () => {
    const baseUrl = 'https://gateway.example/';
    const { url } = await createGatewayOAuthAuthorizationUrl({ ...options, baseUrl });
    expect(url).toMatch(/^https:\/\/gateway\.example\/oauth\/authorize\?/);
  });
});

describe('exchangeGatewayOAuthCode', () => {
  it('answers the key and a client that uses it', async () => {
    const connected = await exchangeGatewayOAuthCode(await authorized());
    expect(connected.apiKey).toMatch(/^gw_sk_/);
    expect(connected.keyId).toMatch(/^key_/);
    expect(connected.scopes).toEqual([
      'inference',
      'models:read',
      'balance:read',
      'billing:portal',
    ]);
    expect(connected.project).toEqual({ id: expect.stringMatching(/^prj_/), slug: 'demo' });
    expect(connected).not.toHaveProperty('idToken');
    expect(connected).not.toHaveProperty('expiresIn');
    await connected.gateway.revoke();
    expect(gateway.liveKeys.has(connected.apiKey)).toBe(false);
    expect(gateway.seen.at(-1)!.headers.authorization).toBe(`Bearer ${connected.apiKey}`);
  });

  it('stays a simple request for browsers: no preflight for a public app', async () => {
    await exchangeGatewayOAuthCode(await authorized());
    const { headers, form } = gateway.seen[0]!;
    expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(headers.accept).toBe('application/json');
    expect(headers.authorization).toBeUndefined();
    expect([...form.keys()].sort()).toEqual(
      ['client_id', 'code', 'code_verifier', 'grant_type', 'redirect_uri'].sort(),
    );
  });

  it('sends a secret by Basic, form-encoded first, and not in the body', async () => {
    const ask = await authorized({ clientId: SERVER_APP });
    const connected = await exchangeGatewayOAuthCode({ ...ask, clientSecret: SERVER_SECRET });
    expect(connected.apiKey).toMatch(/^gw_sk_/);
    expect(gateway.seen[0]!.form.has('client_secret')).toBe(false);
    expect(gateway.seen[0]!.form.has('client_id')).toBe(false);
  });

  it('refuses a wrong secret with invalid_client', async () => {
    const ask = await authorized({ clientId: SERVER_APP });
    const act = () => exchangeGatewayOAuthCode({ ...ask, clientSecret: 'gw_cs_wrong' });
    expect(await caught(act)).toMatchObject({ error: 'invalid_client', status: 401 });
  });

  it.each([500, 502, 503, 429])('sends the code once when the answer is %i', async (status) => {
    const ask = await authorized();
    gateway.instead.push((response) => {
      response.setHeader('retry-after', '1');
      json(response, status, { error: 'temporarily_unavailable' });
    });
    const thrown = await caught(() => exchangeGatewayOAuthCode(ask));
    expect(thrown).toMatchObject({
      error: 'temporarily_unavailable',
      status,
      retryAfterSeconds: 1,
    });
    expect(gateway.seen).toHaveLength(1);
  });

  it('sends the code once when the connection is cut', async () => {
    const ask = await authorized();
    gateway.instead.push((response) => void response.destroy());
    const thrown = await caught(() => exchangeGatewayOAuthCode(ask));
    expect(thrown).toBeInstanceOf(GatewayConnectionError);
    expect((thrown as Error).cause).toBeInstanceOf(Error);
    expect(gateway.seen).toHaveLength(1);
  });

  it('does not carry the code along when the answer is a redirect', async () => {
    const ask = await authorized();
    gateway.instead.push(
      (response) => void response.writeHead(307, { location: `${gateway.url}/elsewhere` }).end(),
    );
    expect(await caught(() => exchangeGatewayOAuthCode(ask))).toMatchObject({ status: 307 });
    expect(gateway.seen).toHaveLength(1);
  });

  it('says that an HTML page is no answer of a gateway', async () => {
    const ask = await authorized();
    gateway.instead.push(
      (response) =>
        void response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>'),
    );
    const thrown = await caught(() => exchangeGatewayOAuthCode(ask));
    expect(thrown).toBeInstanceOf(GatewayResponseError);
    expect(thrown).toMatchObject({ code: 'invalid_response', status: 502, requestId: 'req_1' });
  });

  it.each([
    ['nothing', {}],
    ['no project', { access_token: 'gw_sk_x', token_type: 'Bearer', scope: 'a', key_id: 'k' }],
    ['an empty key', EMPTY_KEY],
    [
      'another token type',
      {
        access_token: 'gw_sk_x',
        token_type: 'DPoP',
        scope: 'a',
        key_id: 'k',
        project: { id: 'p', slug: 's' },
      },
    ],
  ])('refuses a success that says %s', async (_, body) => {
    const ask = await authorized();
    gateway.instead.push((response) => json(response, 200, body));
    expect(await caught(() => exchangeGatewayOAuthCode(ask))).toMatchObject({
      code: 'invalid_response',
      status: 200,
    });
  });

  it('answers the ID token and the life of the key when there is one', async () => {
    const ask = await authorized({ scopes: ['openid', 'inference'], nonce: 'n-1' });
    const connected = await exchangeGatewayOAuthCode({ ...ask, nonce: 'n-1' });
    expect(connected.idToken!.split('.')).toHaveLength(3);
    gateway.instead.push((response) =>
      json(response, 200, {
        access_token: 'gw_sk_x',
        token_type: 'bearer',
        scope: 'inference',
        expires_in: 31_536_000,
        key_id: 'key_1',
        project: { id: 'prj_1', slug: 'demo' },
      }),
    );
    expect((await exchangeGatewayOAuthCode(await authorized())).expiresIn).toBe(31_536_000);
  });

  it.each([
    ['another nonce', { aud: APP, nonce: 'n-2' }],
    ['no nonce', { aud: APP }],
    ['another audience', { aud: 'gw_app_other', nonce: 'n-1' }],
    ['no claims at all', undefined],
  ])('refuses an ID token with %s', async (_, claims) => {
    const ask = await authorized({ scopes: ['openid'], nonce: 'n-1' });
    gateway.instead.push((response) =>
      json(response, 200, {
        access_token: 'gw_sk_x',
        token_type: 'Bearer',
        scope: 'openid',
        id_token: claims === undefined ? 'junk' : jwtOf(claims),
        key_id: 'key_1',
        project: { id: 'prj_1', slug: 'demo' },
      }),
    );
    const thrown = await caught(() => exchangeGatewayOAuthCode({ ...ask, nonce: 'n-1' }));
    expect(thrown).toBeInstanceOf(GatewayResponseError);
  });

  it('says what is missing when there is no verifier anywhere', async () => {
    const { codeVerifier: _, ...ask } = await authorized();
    expect(await caught(() => exchangeGatewayOAuthCode(ask))).toMatchObject({
      name: 'GatewayArgumentError',
      code: 'code_verifier_missing',
    });
    expect(gateway.seen).toEqual([]);
  });

  it('ends with the reason of the signal, before and while asking', async () => {
    const ask = await authorized();
    const early = AbortSignal.abort(new Error('closed'));
    const thrown = await caught(() => exchangeGatewayOAuthCode({ ...ask, signal: early }));
    expect(thrown).toMatchObject({ message: 'closed' });
    expect(gateway.seen).toEqual([]);
    const later = new AbortController();
    gateway.instead.push(() => later.abort(new Error('closed later')));
    const act = () => exchangeGatewayOAuthCode({ ...ask, signal: later.signal });
    expect(await caught(act)).toMatchObject({ message: 'closed later' });
  });

  it('tells no secret in its errors', async () => {
    const ask = await authorized();
    for (const status of [400, 502]) {
      gateway.instead.push((response) => json(response, status, { error: 'invalid_grant' }));
      const thrown = await caught(() => exchangeGatewayOAuthCode(ask));
      const text = JSON.stringify(thrown) + String((thrown as Error).stack);
      expect(text).not.toContain(ask.code);
      expect(text).not.toContain(ask.codeVerifier);
    }
  });

  it('hides the key when the client is logged', async () => {
    const { apiKey, gateway: client } = await exchangeGatewayOAuthCode(await authorized());
    const { inspect } = await import('node:util');
    expect(inspect(client, { showHidden: true, depth: 9 })).not.toContain(apiKey);
    expect(JSON.stringify(client)).not.toContain(apiKey);
  });
});

describe('errors', () => {
  it('are known across two copies of the package', async () => {
    const thrown = await caught(() => getGatewayOAuthAuthorizeInfo({ ...options, clientId: '' }));
    expect(isGatewayError(thrown)).toBe(true);
    // Named by a variable, so that types can be checked before anything is built.
    const built = '../dist/cjs/index.js';
    const otherCopy = (await import(built)) as typeof import('../src/index.js');
    expect(isGatewayError(new otherCopy.GatewayArgumentError('code', 'message'))).toBe(true);
    expect(isGatewayError(new Error('theirs'))).toBe(false);
    expect(isGatewayError(null)).toBe(false);
    expect(Object.keys(thrown as object)).not.toContain('Symbol(arda.gateway.error)');
  });
});
