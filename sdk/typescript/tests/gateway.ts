// A gateway for tests: a real HTTP server that speaks the OAuth endpoints' shapes, errors included,
// and keeps the promises that matter to a client: PKCE, single use, exact redirect URIs.
import { createHash, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const APP = 'gw_app_0198c0de00007000800000000000a001';
export const SERVER_APP = 'gw_app_0198c0de00007000800000000000a002';
export const SERVER_SECRET = 'gw_cs_+s/e=c r&e%t';
export const PENDING_APP = 'gw_app_0198c0de00007000800000000000a003';
export const REDIRECT = 'myapp://oauth/callback';

interface Code {
  clientId: string;
  redirectUri: string;
  challenge: string;
  scope: string;
  nonce: string | null;
  key?: string;
}

interface Device {
  clientId: string;
  scope: string;
  state: 'pending' | 'approved' | 'denied' | 'expired' | 'used';
  tooFast: number;
}

/** What a request said, for tests that look at the wire. */
export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  form: URLSearchParams;
}

type Reply = (response: ServerResponse) => void;

export class TestGateway {
  readonly seen: Seen[] = [];
  readonly devices = new Map<string, Device>();
  readonly liveKeys = new Set<string>();
  /** Answers that stand in for the next ones, such as an outage. */
  readonly instead: Reply[] = [];
  /** Where pages of other origins may call from. */
  webOrigin: string | undefined;
  /** Makes the redirect lie about its sender. */
  issuerInCallback: string | undefined;
  deny = false;
  readonly #codes = new Map<string, Code>();
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<TestGateway> {
    const server = createServer((request, response) => void gateway.#serve(request, response));
    const gateway = new TestGateway(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** What the consent page does after "Allow": a code, and where the browser goes with it. */
  allow(authorizeUrl: string): URL {
    const asked = new URL(authorizeUrl).searchParams;
    const back = new URL(asked.get('redirect_uri')!);
    if (this.deny) {
      back.searchParams.set('error', 'access_denied');
      back.searchParams.set('error_description', 'The user said no.');
    } else {
      const code = `gw_ac_${randomBytes(32).toString('hex')}`;
      this.#codes.set(code, {
        clientId: asked.get('client_id')!,
        redirectUri: asked.get('redirect_uri')!,
        challenge: asked.get('code_challenge')!,
        scope: asked.get('scope') ?? 'inference models:read balance:read billing:portal',
        nonce: asked.get('nonce'),
      });
      back.searchParams.set('code', code);
    }
    back.searchParams.set('state', asked.get('state')!);
    back.searchParams.set('iss', this.issuerInCallback ?? this.url);
    return back;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const url = new URL(request.url!, this.url);
    this.seen.push({
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      form,
    });
    response.setHeader('x-request-id', `req_${this.seen.length}`);
    response.setHeader('cache-control', 'no-store');
    this.#cors(request, response);
    const instead = this.instead.shift();
    if (instead) return instead(response);
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    switch (url.pathname) {
      case '/oauth/authorize/info':
        return this.#info(url.searchParams, response);
      case '/oauth/authorize':
        return void response.writeHead(303, { location: this.allow(url.href).href }).end();
      case '/oauth/token':
        return this.#token(request, form, response);
      case '/oauth/device/code':
        return this.#device(request, form, response);
      case '/v1/keys/self/revoke':
        return this.#revoke(request, response);
      default:
        return json(response, 404, { error: { message: 'No such path.', code: 'not_found' } });
    }
  }

  #cors(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader('vary', 'Origin');
    const open = request.url!.startsWith('/oauth/authorize/info');
    if (!open && request.headers.origin !== this.webOrigin) return;
    if (request.headers.origin === undefined) return;
    response.setHeader('access-control-allow-origin', open ? '*' : request.headers.origin);
    response.setHeader('access-control-allow-headers', 'Authorization, Content-Type, Accept');
    response.setHeader('access-control-expose-headers', 'X-Request-Id, Retry-After');
  }

  #info(query: URLSearchParams, response: ServerResponse): void {
    const clientId = query.get('client_id');
    if (clientId === PENDING_APP) {
      return json(response, 403, {
        error: 'app_not_approved',
        error_description: 'This app is not approved yet.',
        status: 'pending',
      });
    }
    if (clientId !== APP) {
      return oauthError(response, 404, 'invalid_client', 'There is no such app.');
    }
    if (!isRegistered(query.get('redirect_uri'))) {
      return oauthError(response, 400, 'invalid_redirect_uri', 'Register this redirect URI.');
    }
    const scope = query.get('scope') ?? 'inference models:read';
    return json(response, 200, {
      client_id: clientId,
      name: 'Lens',
      description: 'Looks at things.',
      website_url: 'https://lens.example',
      publisher: { name: 'Lens Labs', verified_domain: 'lens.example' },
      status: 'approved',
      redirect_uri_valid: true,
      scopes: scope.split(' ').map((name) => ({
        name,
        title: `Title of ${name}`,
        description: `What ${name} allows.`,
        required: name === 'inference',
      })),
      reseller: {
        enabled: true,
        markup_bps: 1500,
        disclosure: 'Lens adds 15%: a request that costs $0.0100 costs you $0.0115.',
      },
    });
  }

  #token(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    const clientId = authenticated(request, form, response);
    if (clientId === undefined) return;
    if (form.get('grant_type') === 'authorization_code') {
      return this.#redeem(clientId, form, response);
    }
    if (form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:device_code') {
      return this.#poll(clientId, form, response);
    }
    return oauthError(response, 400, 'unsupported_grant_type', 'Unknown grant_type.');
  }

  #redeem(clientId: string, form: URLSearchParams, response: ServerResponse): void {
    const code = this.#codes.get(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      code?.clientId !== clientId ||
      code.redirectUri !== form.get('redirect_uri') ||
      code.challenge !== challenge
    ) {
      return oauthError(response, 400, 'invalid_grant', 'The code is not valid.');
    }
    if (code.key !== undefined) {
      this.liveKeys.delete(code.key);
      return oauthError(response, 400, 'invalid_grant', 'The code was used; its key is revoked.');
    }
    code.key = this.#grant(response, clientId, code.scope, code.nonce);
  }

  #device(request: IncomingMessage, form: URLSearchParams, response: ServerResponse): void {
    const clientId = authenticated(request, form, response);
    if (clientId === undefined) return;
    const deviceCode = `gw_dc_${randomBytes(32).toString('hex')}`;
    this.devices.set(deviceCode, {
      clientId,
      scope: form.get('scope') ?? 'inference',
      state: 'pending',
      tooFast: 0,
    });
    return json(response, 200, {
      device_code: deviceCode,
      user_code: 'WDJB-MJHT',
      verification_uri: `${this.url}/connect`,
      verification_uri_complete: `${this.url}/connect?user_code=WDJB-MJHT`,
      expires_in: 600,
      interval: 5,
    });
  }

  #poll(clientId: string, form: URLSearchParams, response: ServerResponse): void {
    const device = this.devices.get(form.get('device_code') ?? '');
    if (device?.clientId !== clientId || device.state === 'used') {
      return oauthError(response, 400, 'invalid_grant', 'The device code is not valid.');
    }
    if (device.state === 'denied') {
      return oauthError(response, 400, 'access_denied', 'The user said no.');
    }
    if (device.state === 'expired') {
      return oauthError(response, 400, 'expired_token', 'The code has expired.');
    }
    if (device.tooFast > 0) {
      device.tooFast -= 1;
      return oauthError(response, 400, 'slow_down', 'Wait longer between polls.');
    }
    if (device.state === 'pending') {
      return oauthError(response, 400, 'authorization_pending', 'Not decided yet.');
    }
    device.state = 'used';
    this.#grant(response, clientId, device.scope, null);
  }

  #grant(response: ServerResponse, clientId: string, scope: string, nonce: string | null): string {
    const key = `gw_sk_${randomBytes(32).toString('hex').slice(0, 49)}`;
    this.liveKeys.add(key);
    const claims = { iss: this.url, sub: 'user_1', aud: clientId, ...(nonce ? { nonce } : {}) };
    json(response, 200, {
      access_token: key,
      token_type: 'Bearer',
      scope,
      ...(scope.includes('openid') ? { id_token: jwtOf(claims) } : {}),
      key_id: 'key_0198c0de00007000800000000000b001',
      project: { id: 'prj_0198c0de00007000800000000000c001', slug: 'demo' },
    });
    return key;
  }

  #revoke(request: IncomingMessage, response: ServerResponse): void {
    const key = request.headers.authorization?.replace('Bearer ', '') ?? '';
    if (this.liveKeys.delete(key)) return void response.writeHead(204).end();
    return json(response, 401, {
      error: {
        message: 'This key is revoked; connect again.',
        type: 'authentication_error',
        code: 'key_revoked',
        param: null,
        docs_url: `${this.url}/docs/errors/key_revoked`,
        gateway: { code: 'key_revoked', action: 'reconnect' },
      },
    });
  }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function oauthError(
  response: ServerResponse,
  status: number,
  error: string,
  error_description: string,
): void {
  json(response, status, { error, error_description });
}

export function jwtOf(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'RS256', typ: 'JWT', kid: 'k1' })}.${part(claims)}.signature`;
}

function isRegistered(redirectUri: string | null): boolean {
  return (
    redirectUri === REDIRECT || /^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(redirectUri ?? '')
  );
}

// Client authentication as the server does it: a public app by id alone, the other one by Basic.
function authenticated(
  request: IncomingMessage,
  form: URLSearchParams,
  response: ServerResponse,
): string | undefined {
  const basic = request.headers.authorization?.match(/^Basic (.+)$/)?.[1];
  if (basic !== undefined) {
    const [id, secret] = Buffer.from(basic, 'base64').toString().split(':').map(formDecoded);
    if (id === SERVER_APP && secret === SERVER_SECRET) return id;
    response.setHeader('www-authenticate', 'Basic realm="Arda Gateway"');
    oauthError(response, 401, 'invalid_client', 'The app or its secret is not known.');
    return undefined;
  }
  if (form.get('client_id') === APP) return APP;
  oauthError(response, 401, 'invalid_client', 'The app or its secret is not known.');
  return undefined;
}

function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
