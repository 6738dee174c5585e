import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createGatewayOAuthAuthorizationUrl,
  exchangeGatewayOAuthCode,
  GatewayAccessDeniedError,
  GatewayCallbackError,
  GatewayOAuthError,
  parseGatewayOAuthCallback,
} from '../src/index.js';
import { MemoryStorage, showPage } from './browser-globals.js';
import { APP, json, jwtOf, TestGateway } from './gateway.js';

const CALLBACK = 'http://127.0.0.1:7777/callback';

let gateway: TestGateway;
let options: { baseUrl: string; clientId: string; redirectUri: string };
let tab: MemoryStorage;

beforeEach(async () => {
  gateway = await TestGateway.start();
  options = { baseUrl: gateway.url, clientId: APP, redirectUri: CALLBACK };
  tab = new MemoryStorage();
  showPage('http://127.0.0.1:7777/', tab);
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await gateway.stop();
});

/** Leaves the app's page for the consent page, and comes back; the script starts anew. */
async function returned(
  more: { state?: string; nonce?: string; scopes?: string[] } = {},
): Promise<URL> {
  const { url } = await createGatewayOAuthAuthorizationUrl({ ...options, ...more });
  const back = gateway.allow(url);
  showPage(back, tab);
  return back;
}

function exchange(back: URL, more: object = {}) {
  return exchangeGatewayOAuthCode({ ...options, code: back.searchParams.get('code')!, ...more });
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}

describe('the callback in a browser', () => {
  it('needs the code alone, because the tab remembers the rest', async () => {
    const back = await returned();
    const connected = await exchange(back);
    expect(connected.apiKey).toMatch(/^gw_sk_/);
    expect(tab.length).toBe(0);
  });

  it('checks the nonce that the tab remembers', async () => {
    const connected = await exchange(await returned({ scopes: ['openid'], nonce: 'n-1' }));
    expect(connected.idToken).toBeDefined();
    const back = await returned({ scopes: ['openid'], nonce: 'n-1' });
    gateway.instead.push((response) =>
      json(response, 200, {
        access_token: 'gw_sk_x',
        token_type: 'Bearer',
        scope: 'openid',
        id_token: jwtOf({ aud: APP, nonce: 'n-2' }),
        key_id: 'key_1',
        project: { id: 'prj_1', slug: 'demo' },
      }),
    );
    await expect(exchange(back)).rejects.toMatchObject({ code: 'invalid_response' });
  });

  it('sends the verifier that it is given before the one that the tab remembers', async () => {
    await expect(
      exchange(await returned(), { codeVerifier: 'v'.repeat(43) }),
    ).rejects.toMatchObject({
      error: 'invalid_grant',
    });
    expect(gateway.seen[0]!.form.get('code_verifier')).toBe('v'.repeat(43));
  });

  it.each([
    ['of nobody', 'state', 'forged', 'state_mismatch'],
    ['absent', 'state', null, 'state_mismatch'],
    ['of another server', 'iss', 'https://evil.example', 'issuer_mismatch'],
    ['absent', 'iss', null, 'issuer_mismatch'],
    ['with a slash too many', 'iss', '/', 'issuer_mismatch'],
  ])('is not believed with a parameter %s: %s=%s', async (_, name, value, code) => {
    const back = await returned();
    if (value === null) back.searchParams.delete(name);
    else back.searchParams.set(name, value === '/' ? `${gateway.url}/` : value);
    showPage(back, tab);
    await expect(exchange(back)).rejects.toMatchObject({ name: 'GatewayCallbackError', code });
    // A verifier in hand does not help a forged callback.
    await expect(exchange(back, { codeVerifier: 'v'.repeat(43) })).rejects.toMatchObject({ code });
    expect(gateway.seen).toEqual([]);
  });

  it('is not believed in another tab, which started nothing', async () => {
    const back = await returned();
    showPage(back, new MemoryStorage());
    await expect(exchange(back)).rejects.toMatchObject({ code: 'state_mismatch' });
    expect(gateway.seen).toEqual([]);
  });

  it('is believed in another tab when the app kept state and verifier itself', async () => {
    const auth = await createGatewayOAuthAuthorizationUrl(options);
    const back = gateway.allow(auth.url);
    showPage(back, new MemoryStorage());
    const kept = { codeVerifier: auth.codeVerifier, state: auth.state };
    await expect(exchange(back, { ...kept, state: 'other' })).rejects.toMatchObject({
      code: 'state_mismatch',
    });
    expect((await exchange(back, kept)).apiKey).toMatch(/^gw_sk_/);
  });

  it('sends the code once when the page runs its script twice', async () => {
    const back = await returned();
    const [first, second] = await Promise.allSettled([exchange(back), exchange(back)]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: { code: 'state_mismatch' } });
    expect(gateway.seen).toHaveLength(1);
    expect(gateway.liveKeys.size).toBe(1);
  });

  it('keeps two authorizations of one tab apart', async () => {
    const first = await createGatewayOAuthAuthorizationUrl(options);
    const second = await createGatewayOAuthAuthorizationUrl(options);
    for (const auth of [first, second]) {
      const back = gateway.allow(auth.url);
      showPage(back, tab);
      expect((await exchange(back)).apiKey).toMatch(/^gw_sk_/);
    }
  });

  it('is not believed from a gateway where the authorization was not started', async () => {
    const other = await TestGateway.start();
    const { url } = await createGatewayOAuthAuthorizationUrl({ ...options, baseUrl: other.url });
    gateway.issuerInCallback = gateway.url;
    const back = gateway.allow(url);
    showPage(back, tab);
    await expect(exchange(back)).rejects.toMatchObject({ code: 'issuer_mismatch' });
    await other.stop();
  });

  it('is forgotten after half an hour', async () => {
    const back = await returned();
    vi.setSystemTime(Date.now() + 31 * 60 * 1000);
    await expect(exchange(back)).rejects.toMatchObject({ code: 'state_mismatch' });
    vi.useRealTimers();
  });

  it('does not mistake a page with another code for the callback', async () => {
    const auth = await createGatewayOAuthAuthorizationUrl(options);
    const back = gateway.allow(auth.url);
    showPage('https://shop.example/?code=SUMMER', tab);
    const connected = await exchange(back, { codeVerifier: auth.codeVerifier });
    expect(connected.apiKey).toMatch(/^gw_sk_/);
  });

  it('checks iss, and leaves the rest to PKCE, where the browser keeps nothing', async () => {
    showPage('http://127.0.0.1:7777/', undefined);
    const auth = await createGatewayOAuthAuthorizationUrl(options);
    const back = gateway.allow(auth.url);
    showPage(back, undefined);
    const kept = { codeVerifier: auth.codeVerifier };
    expect((await exchange(back, kept)).apiKey).toMatch(/^gw_sk_/);
    back.searchParams.set('iss', 'https://evil.example');
    showPage(back, undefined);
    await expect(exchange(back, kept)).rejects.toMatchObject({ code: 'issuer_mismatch' });
  });
});

describe('parseGatewayOAuthCallback', () => {
  it('answers code, state and issuer, and leaves the verifier for the exchange', async () => {
    const back = await returned();
    showPage('http://127.0.0.1:7777/elsewhere', tab);
    const callback = parseGatewayOAuthCallback(back, { baseUrl: gateway.url });
    expect(callback).toEqual({
      code: back.searchParams.get('code'),
      state: back.searchParams.get('state'),
      issuer: gateway.url,
    });
    const connected = await exchange(back, { state: callback.state });
    expect(connected.apiKey).toMatch(/^gw_sk_/);
    expect(tab.length).toBe(0);
  });

  it('reads a custom scheme, with the state that the app kept', async () => {
    vi.unstubAllGlobals();
    const redirectUri = 'myapp://oauth/callback';
    const auth = await createGatewayOAuthAuthorizationUrl({ ...options, redirectUri });
    const back = gateway.allow(auth.url).href;
    expect(back).toMatch(/^myapp:\/\/oauth\/callback\?code=/);
    const read = (state: string) =>
      parseGatewayOAuthCallback(back, { baseUrl: gateway.url, state });
    expect(read(auth.state).state).toBe(auth.state);
    expect(thrownBy(() => read('other'))).toMatchObject({ code: 'state_mismatch' });
  });

  it('asks for the state where nothing else knows it', () => {
    vi.unstubAllGlobals();
    const act = () => parseGatewayOAuthCallback('myapp://oauth/callback?code=x&state=y');
    expect(thrownBy(act)).toMatchObject({ name: 'GatewayArgumentError', code: 'state_missing' });
  });

  it('throws what the user or the gateway said, and forgets the authorization', async () => {
    gateway.deny = true;
    const back = await returned();
    const read = () => parseGatewayOAuthCallback(back, { baseUrl: gateway.url });
    const thrown = thrownBy(read);
    expect(thrown).toBeInstanceOf(GatewayAccessDeniedError);
    expect(thrown).toMatchObject({
      error: 'access_denied',
      errorDescription: 'The user said no.',
      message: 'The user said no.',
      status: undefined,
    });
    expect(tab.length).toBe(0);
  });

  it('throws other errors as what they are', async () => {
    gateway.deny = true;
    const back = await returned();
    back.searchParams.set('error', 'invalid_scope');
    const thrown = thrownBy(() => parseGatewayOAuthCallback(back, { baseUrl: gateway.url }));
    expect(thrown).toBeInstanceOf(GatewayOAuthError);
    expect(thrown).not.toBeInstanceOf(GatewayAccessDeniedError);
    expect(thrown).toMatchObject({ code: 'invalid_scope' });
  });

  it('does not believe an error from elsewhere either', async () => {
    gateway.deny = true;
    const back = await returned();
    back.searchParams.set('iss', 'https://evil.example');
    const thrown = thrownBy(() => parseGatewayOAuthCallback(back, { baseUrl: gateway.url }));
    expect(thrown).toMatchObject({ code: 'issuer_mismatch' });
    expect(tab.length).toBe(1);
  });

  it.each(['code', 'state', 'iss', 'error'])('refuses %s twice', async (name) => {
    const back = await returned();
    back.searchParams.append(name, 'first');
    back.searchParams.append(name, 'second');
    const thrown = thrownBy(() => parseGatewayOAuthCallback(back, { baseUrl: gateway.url }));
    expect(thrown).toBeInstanceOf(GatewayCallbackError);
    expect(thrown).toMatchObject({ code: 'duplicate_parameter' });
  });

  it('tells a URL that is no callback from one that is no URL', () => {
    const options = { baseUrl: gateway.url };
    const read = (url: string) => () => parseGatewayOAuthCallback(url, options);
    expect(thrownBy(read('http://127.0.0.1:7777/'))).toMatchObject({ code: 'not_a_callback' });
    expect(thrownBy(read('/callback?code=x'))).toMatchObject({ code: 'invalid_callback_url' });
  });
});
