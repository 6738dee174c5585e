import { checkCurrentPage } from './callback.js';
import {
  authenticate,
  connectionOf,
  oauthErrorOf,
  type GatewayClientOptions,
  type GatewayConnection,
} from './connection.js';
import { GatewayArgumentError } from './errors.js';
import { baseUrlOf, send, type GatewayRequestOptions } from './http.js';
import { remember, take } from './pending.js';
import { challengeOf, randomText } from './pkce.js';
import { WireReader } from './wire.js';

/** What an app can ask for; the consent page lists each in plain words. */
export type GatewayScope =
  | 'inference'
  | 'models:read'
  | 'balance:read'
  | 'billing:portal'
  | 'usage:read'
  | 'openid'
  | 'profile'
  | 'email'
  // Scopes of newer gateways pass, too.
  | (string & {});

/** Options of {@link getGatewayOAuthAuthorizeInfo}. */
export interface GetGatewayOAuthAuthorizeInfoOptions extends GatewayRequestOptions {
  /** The app's id from the Developers dashboard: `gw_app_…`. */
  clientId: string;
  /** One of the app's registered redirect URIs, character for character (RFC 9700 §2.1). */
  redirectUri: string;
  /** What you mean to ask for; the app's registered scopes when absent. */
  scopes?: readonly GatewayScope[] | undefined;
}

/** A scope as the consent page shows it. */
export interface GatewayScopeInfo {
  name: GatewayScope;
  title: string;
  description: string;
  /** The user cannot untick it. */
  required: boolean;
}

/** The app as its users see it, with what its owner adds to prices. */
export interface GatewayOAuthAuthorizeInfo {
  clientId: string;
  name: string;
  description: string | null;
  websiteUrl: string | null;
  publisher: { name: string; verifiedDomain: string | null };
  /** Review state; an app that is not `approved` answers with an error instead. */
  status: string;
  scopes: GatewayScopeInfo[];
  reseller: {
    enabled: boolean;
    /** What the app's owner adds to the price, in hundredths of a percent. */
    markupBps: number;
    /** One sentence with the price the user really pays; show it before you connect. */
    disclosure: string;
  };
}

/**
 * What the consent page will say about the app: its name, publisher, scopes and markup. Use it to
 * tell the user beforehand, or to find out early that the registration does not fit.
 *
 * @throws {@link GatewayOAuthError} `invalid_client`, `invalid_redirect_uri`, or
 * `app_not_approved` (with `appStatus`).
 */
export async function getGatewayOAuthAuthorizeInfo(
  options: GetGatewayOAuthAuthorizeInfoOptions,
): Promise<GatewayOAuthAuthorizeInfo> {
  const query = new URLSearchParams({
    client_id: required(options.clientId, 'clientId'),
    redirect_uri: required(options.redirectUri, 'redirectUri'),
  });
  addScope(query, options.scopes);
  const answer = await send(options, { method: 'GET', path: '/oauth/authorize/info', query });
  if (!answer.ok) throw oauthErrorOf(answer);
  const info = new WireReader(answer, 'an app');
  const publisher = info.object('publisher');
  const reseller = info.object('reseller');
  return {
    clientId: info.string('client_id'),
    name: info.string('name'),
    description: info.optionalString('description') ?? null,
    websiteUrl: info.optionalString('website_url') ?? null,
    publisher: {
      name: publisher.string('name'),
      verifiedDomain: publisher.optionalString('verified_domain') ?? null,
    },
    status: info.string('status'),
    scopes: info.objects('scopes').map((scope) => ({
      name: scope.string('name'),
      title: scope.string('title'),
      description: scope.string('description'),
      required: scope.boolean('required'),
    })),
    reseller: {
      enabled: reseller.boolean('enabled'),
      markupBps: reseller.number('markup_bps'),
      disclosure: reseller.optionalString('disclosure') ?? '',
    },
  };
}

/** Options of {@link createGatewayOAuthAuthorizationUrl}. */
export interface CreateGatewayOAuthAuthorizationUrlOptions extends GatewayRequestOptions {
  /** The app's id from the Developers dashboard: `gw_app_…`. */
  clientId: string;
  /** One of the app's registered redirect URIs, character for character (RFC 9700 §2.1). */
  redirectUri: string;
  /** What to ask for; the app's registered scopes when absent. */
  scopes?: readonly GatewayScope[] | undefined;
  /** Your own unguessable state; 256 random bits when absent (RFC 6749 §10.12). */
  state?: string | undefined;
  /** Comes back in the ID token when `openid` is asked for (OIDC Core §3.1.2.1). */
  nonce?: string | undefined;
}

/** An authorization that was prepared; send the user to `url`. */
export interface GatewayOAuthAuthorization {
  url: string;
  /** The secret half of PKCE (RFC 7636 §4.1); stays with you. */
  codeVerifier: string;
  /** The public half, which is in `url` (RFC 7636 §4.2, S256). */
  codeChallenge: string;
  /** Comes back with the code, unchanged. */
  state: string;
}

/**
 * Prepares the trip to the consent page: an authorization request with PKCE (RFC 7636, S256).
 * Calls nobody. In a browser, verifier and state are also kept in `sessionStorage`, because the
 * page that called is gone when the user comes back; servers and desktop apps keep what it answers.
 */
export async function createGatewayOAuthAuthorizationUrl(
  options: CreateGatewayOAuthAuthorizationUrlOptions,
): Promise<GatewayOAuthAuthorization> {
  options.signal?.throwIfAborted();
  const baseUrl = baseUrlOf(options);
  const clientId = required(options.clientId, 'clientId');
  const redirectUri = required(options.redirectUri, 'redirectUri');
  const state = options.state === undefined ? randomText() : required(options.state, 'state');
  const codeVerifier = randomText();
  const codeChallenge = await challengeOf(codeVerifier);
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: codeChallenge,
    code_challenge_method: 'S256',
    state,
  });
  addScope(query, options.scopes);
  if (options.nonce !== undefined) query.set('nonce', required(options.nonce, 'nonce'));
  remember(state, {
    codeVerifier,
    clientId,
    baseUrl,
    nonce: options.nonce,
    createdAt: Date.now(),
  });
  return { url: `${baseUrl}/oauth/authorize?${query}`, codeVerifier, codeChallenge, state };
}

/** Options of {@link exchangeGatewayOAuthCode}. */
export interface ExchangeGatewayOAuthCodeOptions extends GatewayClientOptions {
  /** The very redirect URI that the authorization was made with (RFC 6749 §4.1.3). */
  redirectUri: string;
  /** The `code` of the callback: good once, for a minute. */
  code: string;
  /** As createGatewayOAuthAuthorizationUrl answered it; in a browser, what was kept serves. */
  codeVerifier?: string | undefined;
  /** As createGatewayOAuthAuthorizationUrl answered it; in a browser, what was kept serves. */
  state?: string | undefined;
  /** The nonce of the authorization; in a browser, what was kept serves. */
  nonce?: string | undefined;
}

/**
 * Trades the code for a user-owned key (RFC 6749 §4.1.3, RFC 7636 §4.5). When the current page is
 * the callback, its `state` (RFC 6749 §10.12) and `iss` (RFC 9207) are checked first, and nothing
 * is sent if they do not fit; elsewhere call parseGatewayOAuthCallback before.
 *
 * It is never repeated by itself, and must not be: a code that comes twice makes the gateway revoke
 * the key that it gave for it (OAuth 2.1 §4.1.3). When the answer was lost, start again.
 *
 * @throws {@link GatewayCallbackError} when the callback is not to be believed.
 * @throws {@link GatewayOAuthError} such as `invalid_grant` (RFC 6749 §5.2).
 */
export async function exchangeGatewayOAuthCode(
  options: ExchangeGatewayOAuthCodeOptions,
): Promise<GatewayConnection> {
  const baseUrl = baseUrlOf(options);
  const clientId = required(options.clientId, 'clientId');
  const code = required(options.code, 'code');
  const redirectUri = required(options.redirectUri, 'redirectUri');
  const here = checkCurrentPage(code, { baseUrl, state: options.state });
  const state = here?.state ?? options.state;
  options.signal?.throwIfAborted();
  // Forgotten before anything is sent: a page that runs this twice sends the code once.
  const kept = state === undefined ? undefined : take(state);
  const codeVerifier = options.codeVerifier ?? kept?.codeVerifier;
  if (!codeVerifier) {
    throw new GatewayArgumentError(
      'code_verifier_missing',
      'Pass the codeVerifier that createGatewayOAuthAuthorizationUrl answered; none is kept here.',
    );
  }
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: codeVerifier,
  });
  const authorization = authenticate(form, options);
  const answer = await send(options, { method: 'POST', path: '/oauth/token', form, authorization });
  if (!answer.ok) throw oauthErrorOf(answer);
  return connectionOf(answer, { ...options, clientId, nonce: options.nonce ?? kept?.nonce });
}

export function addScope(to: URLSearchParams, scopes: readonly string[] | undefined): void {
  // RFC 6749 §3.3: one text, parted by spaces.
  if (scopes !== undefined && scopes.length > 0) to.set('scope', scopes.join(' '));
}

export function required(value: string, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new GatewayArgumentError('missing_argument', `${name} is missing.`);
}
