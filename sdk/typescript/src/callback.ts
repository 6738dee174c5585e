import {
  GatewayAccessDeniedError,
  GatewayArgumentError,
  GatewayCallbackError,
  GatewayOAuthError,
} from './errors.js';
import { baseUrlOf } from './http.js';
import { canRemember, recall, take } from './pending.js';

/** Options of {@link parseGatewayOAuthCallback}. */
export interface ParseGatewayOAuthCallbackOptions {
  /**
   * The `state` that createGatewayOAuthAuthorizationUrl answered. Needed where there is no
   * `sessionStorage` that remembers it: on servers and in desktop apps.
   */
  state?: string | undefined;
  /** The gateway's address; only for local, staging or self-hosted gateways. */
  baseUrl?: string | undefined;
}

/** A callback that was checked. */
export interface GatewayOAuthCallback {
  /** The authorization code: good once, for a minute. */
  code: string;
  state: string;
  issuer: string;
}

interface Expectation {
  baseUrl: string;
  state: string | undefined;
}

/**
 * Reads the URL that the gateway sent the user back to, and believes it only when `state` belongs
 * to an authorization of ours (RFC 6749 §10.12) and `iss` is this gateway (RFC 9207 §2.4).
 * exchangeGatewayOAuthCode does the same by itself when the current page is the callback; call
 * this where it is not, as in a desktop app's handler of `myapp://oauth/callback`.
 *
 * @throws {@link GatewayAccessDeniedError} when the user said no.
 * @throws {@link GatewayOAuthError} on any other `error` (RFC 6749 §4.1.2.1).
 * @throws {@link GatewayCallbackError} when the callback is not to be believed.
 */
export function parseGatewayOAuthCallback(
  url: string | URL,
  options: ParseGatewayOAuthCallbackOptions = {},
): GatewayOAuthCallback {
  if (options.state === undefined && !canRemember()) {
    throw new GatewayArgumentError(
      'state_missing',
      'Pass the state that createGatewayOAuthAuthorizationUrl answered; nothing else knows it here.',
    );
  }
  const params = paramsOf(url);
  const expected = { baseUrl: baseUrlOf(options), state: options.state };
  return believe(params, expected);
}

/**
 * The checks that can be made when the current page is the callback of this very code. Undefined
 * when it is not: then the app brought the code from elsewhere and has checked it there.
 */
export function checkCurrentPage(
  code: string,
  expected: Expectation,
): GatewayOAuthCallback | undefined {
  const here = currentUrl();
  if (here?.searchParams.get('code') !== code) return undefined;
  return believe(paramsOf(here), expected);
}

function believe(params: URLSearchParams, expected: Expectation): GatewayOAuthCallback {
  const code = params.get('code');
  const error = params.get('error');
  if (code === null && error === null) {
    throw new GatewayCallbackError('not_a_callback', 'The URL has neither code nor error.');
  }
  // The sender is checked before anything that it says is passed on, an error included.
  const issuer = checkIssuer(params.get('iss'), expected.baseUrl);
  const state = checkState(params.get('state'), expected);
  if (error !== null) {
    take(state);
    throw redirectedError(error, params);
  }
  return { code: code!, state, issuer };
}

function checkIssuer(issuer: string | null, baseUrl: string): string {
  // Compared as text: RFC 9207 §2.4 allows no normalisation.
  if (issuer === baseUrl) return issuer;
  throw new GatewayCallbackError(
    'issuer_mismatch',
    issuer === null
      ? 'The callback does not say which server it is from (iss is missing).'
      : `The callback is from ${issuer}, not from ${baseUrl}. If that is your gateway, pass it as baseUrl.`,
  );
}

function checkState(state: string | null, expected: Expectation): string {
  const pending = state === null ? undefined : recall(state);
  if (pending !== undefined && pending.baseUrl !== expected.baseUrl) {
    throw new GatewayCallbackError(
      'issuer_mismatch',
      `This authorization was started at ${pending.baseUrl}, not at ${expected.baseUrl}.`,
    );
  }
  const known =
    expected.state !== undefined
      ? state === expected.state
      : // Where nothing can be remembered, PKCE alone binds the code to us (RFC 9700 §2.1).
        pending !== undefined || !canRemember();
  if (known) return state ?? '';
  throw new GatewayCallbackError(
    'state_mismatch',
    'This callback does not belong to an authorization that was started here, or it was used ' +
      'already. Start again; if you keep the state yourself, pass it as state.',
  );
}

function redirectedError(error: string, params: URLSearchParams): GatewayOAuthError {
  const fields = {
    errorDescription: params.get('error_description') ?? undefined,
    errorUri: params.get('error_uri') ?? undefined,
  };
  return error === 'access_denied'
    ? new GatewayAccessDeniedError(error, fields)
    : new GatewayOAuthError(error, fields);
}

function paramsOf(url: string | URL): URLSearchParams {
  let params: URLSearchParams;
  try {
    params = new URL(url).searchParams;
  } catch (cause) {
    throw new GatewayArgumentError('invalid_callback_url', 'The callback is not a full URL.', {
      cause,
    });
  }
  for (const name of ['code', 'state', 'iss', 'error', 'error_description', 'error_uri']) {
    if (params.getAll(name).length > 1) {
      throw new GatewayCallbackError(
        'duplicate_parameter',
        `The callback has ${name} more than once.`,
      );
    }
  }
  return params;
}

function currentUrl(): URL | undefined {
  try {
    return new URL(globalThis.location.href);
  } catch {
    return undefined;
  }
}
