import { ArdaGateway } from './client.js';
import {
  GatewayAccessDeniedError,
  GatewayDeviceCodeExpiredError,
  GatewayOAuthError,
  GatewayResponseError,
} from './errors.js';
import {
  retryAfterSecondsOf,
  unreadable,
  type Answer,
  type GatewayRequestOptions,
} from './http.js';
import type { GatewayProject } from './project.js';
import { WireReader } from './wire.js';

/** Who the app is, to the authorization server. */
export interface GatewayClientOptions extends GatewayRequestOptions {
  /** The app's id from the Developers dashboard: `gw_app_…`. */
  clientId: string;
  /**
   * Confidential server apps only, sent by HTTP Basic (RFC 6749 §2.3.1). Never ship it in a page or
   * an installed app: those are public clients, and PKCE stands in for it.
   */
  clientSecret?: string | undefined;
}

/** What the app has once the user said yes: a key of the user's own, and a client that uses it. */
export interface GatewayConnection {
  /** The user-owned key, `gw_sk_…`. Works in any OpenAI or Anthropic client; keep it secret. */
  apiKey: string;
  /** The key's public id, safe to log. */
  keyId: string;
  /** What the user granted, which may be less than was asked (RFC 6749 §3.3). */
  scopes: string[];
  /** The project whose balance pays. */
  project: GatewayProject;
  /** Seconds until the key ends; absent when it lasts until it is revoked. */
  expiresIn?: number;
  /**
   * The OpenID Connect ID token, when `openid` was granted. Its audience and nonce were checked
   * here. Before you sign somebody in by it, verify signature, issuer and expiry as well
   * (OIDC Core §3.1.3.7).
   */
  idToken?: string;
  /** The client of this key. */
  gateway: ArdaGateway;
}

interface Asked extends GatewayRequestOptions {
  clientId: string;
  nonce?: string | undefined;
}

/** Client authentication: `client_id` alone, or both by Basic (RFC 6749 §2.3.1, §3.2.1). */
export function authenticate(
  form: URLSearchParams,
  { clientId, clientSecret }: GatewayClientOptions,
): string | undefined {
  if (clientSecret === undefined) {
    form.set('client_id', clientId);
    return undefined;
  }
  return `Basic ${btoa(`${formEncoded(clientId)}:${formEncoded(clientSecret)}`)}`;
}

// RFC 6749 appendix B: both parts are form-encoded before they are joined.
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}

/** Reads the token endpoint's success (RFC 6749 §5.1). */
export function connectionOf(answer: Answer, asked: Asked): GatewayConnection {
  const token = new WireReader(answer, 'a token answer');
  const project = token.object('project');
  if (token.string('token_type').toLowerCase() !== 'bearer') {
    throw unreadable(answer, 'a bearer token');
  }
  const apiKey = token.string('access_token');
  const expiresIn = token.optionalNumber('expires_in');
  const idToken = token.optionalString('id_token');
  if (idToken !== undefined) checkIdToken(idToken, answer, asked);
  return {
    apiKey,
    keyId: token.string('key_id'),
    scopes: token.string('scope').split(' '),
    project: { id: project.string('id'), slug: project.string('slug') },
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(idToken === undefined ? {} : { idToken }),
    gateway: new ArdaGateway({ apiKey, baseUrl: asked.baseUrl, fetch: asked.fetch }),
  };
}

// The token came straight from the token endpoint; what can still be wrong is whose answer it is.
function checkIdToken(idToken: string, answer: Answer, asked: Asked): void {
  const claims = claimsOf(idToken);
  const audience = [claims?.['aud']].flat();
  const nonceFits = asked.nonce === undefined || claims?.['nonce'] === asked.nonce;
  if (audience.includes(asked.clientId) && nonceFits) return;
  throw new GatewayResponseError('The ID token is for another app or another sign-in.', {
    status: answer.status,
    requestId: answer.requestId,
  });
}

function claimsOf(jwt: string): Record<string, unknown> | undefined {
  try {
    const base64 = jwt.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Reads an OAuth error answer (RFC 6749 §5.2); anything else is an unreadable answer. */
export function oauthErrorOf(answer: Answer): GatewayOAuthError | GatewayResponseError {
  const members = answer.json ?? {};
  const { error, error_description, error_uri, status } = members;
  if (typeof error !== 'string') return unreadable(answer, 'an OAuth answer');
  const fields = {
    status: answer.status,
    requestId: answer.requestId,
    errorDescription: typeof error_description === 'string' ? error_description : undefined,
    errorUri: typeof error_uri === 'string' ? error_uri : undefined,
    appStatus: typeof status === 'string' ? status : undefined,
    retryAfterSeconds: retryAfterSecondsOf(answer.headers),
  };
  if (error === 'access_denied') return new GatewayAccessDeniedError(error, fields);
  if (error === 'expired_token') return new GatewayDeviceCodeExpiredError(error, fields);
  return new GatewayOAuthError(error, fields);
}
