// The compiled package in a real browser: a real page, left and come back to, and real CORS.
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { APP, json, TestGateway } from './gateway.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const dist = join(import.meta.dirname, '../dist/esm');
const reason = existsSync(executablePath) ? undefined : `there is no ${executablePath}`;

// One page for everything: the tests call the package through `sdk`.
const PAGE = `<!doctype html><title>App</title><script type="module">
  import * as sdk from '/sdk/index.js';
  window.sdk = sdk;
  window.attempt = async (act) => {
    try { return { answer: await act() }; } catch (error) {
      const { name, code, status, requestId, error: oauth, errorDescription } = error;
      return { thrown: { name, code, status, requestId, oauth, errorDescription } };
    }
  };
  document.title = 'Ready';
</script>`;

describe.skipIf(reason !== undefined)(`in Chromium${reason ? ` (skipped: ${reason})` : ''}`, () => {
  let browser: Browser;
  let app: Server;
  let gateway: TestGateway;
  let page: Page;
  let options: { baseUrl: string; clientId: string; redirectUri: string };

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    app = createServer((request, response) => {
      const { pathname } = new URL(request.url!, 'http://app');
      const file = /^\/sdk\/([\w-]+\.js)$/.exec(pathname)?.[1];
      response.setHeader('content-type', file ? 'text/javascript' : 'text/html');
      response.end(file ? readFileSync(join(dist, file)) : PAGE);
    });
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  });

  afterAll(async () => {
    await browser.close();
    app.closeAllConnections();
    app.close();
  });

  beforeEach(async () => {
    const origin = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
    gateway = await TestGateway.start();
    gateway.webOrigin = origin;
    options = { baseUrl: gateway.url, clientId: APP, redirectUri: `${origin}/callback` };
    page = await (await browser.newContext()).newPage();
    await page.goto(origin);
    await ready();
  });

  afterEach(async () => {
    await page.context().close();
    await gateway.stop();
  });

  const ready = () => page.waitForFunction(() => document.title === 'Ready');

  /** Presses "Connect", and is back on the callback page. */
  async function connect(): Promise<void> {
    await page.evaluate(async (given) => {
      const auth = await window.sdk.createGatewayOAuthAuthorizationUrl(given);
      window.location.href = auth.url;
    }, options);
    await page.waitForURL(/\/callback\?/);
    await ready();
  }

  const exchange = () =>
    page.evaluate(
      (given) =>
        window.attempt(async () => {
          const code = new URLSearchParams(location.search).get('code')!;
          const connected = await window.sdk.exchangeGatewayOAuthCode({ ...given, code });
          return { apiKey: connected.apiKey, project: connected.project.slug };
        }),
      options,
    );

  it('leaves for the consent page, comes back, and holds a key', async () => {
    await connect();
    const { answer } = await exchange();
    expect(answer).toEqual({ apiKey: expect.stringMatching(/^gw_sk_/), project: 'demo' });
    expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
    expect(gateway.seen.filter((request) => request.method === 'OPTIONS')).toEqual([]);
  });

  it('revokes its key from the page', async () => {
    await connect();
    const { answer } = await exchange();
    const revoke = () =>
      page.evaluate(
        ({ baseUrl, apiKey }) =>
          window.attempt(() => new window.sdk.ArdaGateway({ baseUrl, apiKey }).revoke()),
        { ...options, apiKey: (answer as { apiKey: string }).apiKey },
      );
    expect(await revoke()).toEqual({});
    expect(gateway.liveKeys.size).toBe(0);
    expect((await revoke()).thrown).toMatchObject({ name: 'GatewayApiError', code: 'key_revoked' });
  });

  it('exchanges nothing when the address was tampered with', async () => {
    await connect();
    const url = new URL(page.url());
    url.searchParams.set('state', 'forged');
    await page.goto(url.href);
    await ready();
    expect((await exchange()).thrown).toMatchObject({ code: 'state_mismatch' });
    expect(gateway.seen.filter((request) => request.path === '/oauth/token')).toEqual([]);
  });

  it('exchanges once when the user presses reload', async () => {
    await connect();
    await exchange();
    await page.reload();
    await ready();
    expect((await exchange()).thrown).toMatchObject({ code: 'state_mismatch' });
    expect(gateway.liveKeys.size).toBe(1);
  });

  it('reads the refusal of the user', async () => {
    gateway.deny = true;
    await connect();
    const { thrown } = await page.evaluate(
      ({ baseUrl }) =>
        window.attempt(() => window.sdk.parseGatewayOAuthCallback(location.href, { baseUrl })),
      options,
    );
    expect(thrown).toMatchObject({
      name: 'GatewayAccessDeniedError',
      oauth: 'access_denied',
      errorDescription: 'The user said no.',
    });
  });

  it('reads the errors of the token endpoint, request id included', async () => {
    await connect();
    gateway.instead.push((response) => json(response, 400, { error: 'invalid_grant' }));
    expect((await exchange()).thrown).toMatchObject({
      name: 'GatewayOAuthError',
      code: 'invalid_grant',
      status: 400,
      requestId: expect.stringMatching(/^req_/),
    });
  });

  it('says that no answer came when its origin is not approved', async () => {
    await connect();
    gateway.webOrigin = 'https://other.example';
    expect((await exchange()).thrown).toMatchObject({ code: 'connection_failed' });
  });

  it('reads the app, and connects by device code', async () => {
    const info = await page.evaluate(
      (given) => window.sdk.getGatewayOAuthAuthorizeInfo(given),
      options,
    );
    expect(info.name).toBe('Lens');
    const device = await page.evaluate(
      (given) => window.sdk.startGatewayDeviceAuthorization(given),
      options,
    );
    gateway.devices.get(device.deviceCode)!.state = 'approved';
    const status = await page.evaluate(
      async (given) => (await window.sdk.waitForGatewayDeviceAuthorization(given)).status,
      { ...options, deviceCode: device.deviceCode, interval: 0 },
    );
    expect(status).toBe('connected');
  });
});

declare global {
  interface Window {
    sdk: typeof import('../src/index.js');
    attempt(act: () => unknown): Promise<{ answer?: unknown; thrown?: Record<string, unknown> }>;
  }
}
