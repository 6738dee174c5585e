// Every refusal of this package is one of these classes. `code` is the stable word to branch on;
// messages are for people and may change. No error carries a key, a code or a verifier.

/** What all errors of this package have. */
export interface GatewayErrorFields {
  /** HTTP status of the answer; absent when there was no answer. */
  status?: number | undefined;
  /** The gateway's id of the request; quote it when you ask for help. */
  requestId?: string | undefined;
  /** What lies behind it, as in `new Error(message, { cause })`. */
  cause?: unknown;
}

const brand = Symbol.for('arda.gateway.error');

/** The base of all errors of this package. */
export class GatewayError extends Error {
  override readonly name: string = 'GatewayError';
  /** Stable word for this kind of failure. */
  readonly code: string;
  /** HTTP status of the answer; undefined when there was no answer. */
  readonly status: number | undefined;
  /** The gateway's id of the request; quote it when you ask for help. */
  readonly requestId: string | undefined;

  constructor(code: string, message: string, fields: GatewayErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.status = fields.status;
    this.requestId = fields.requestId;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Whether something caught is an error of this package. Unlike `instanceof` it also holds when the
 * app has loaded the package twice, once as ESM and once as CommonJS.
 */
export function isGatewayError(value: unknown): value is GatewayError {
  return typeof value === 'object' && value !== null && brand in value;
}

/** The call itself cannot work as it was made: something is missing or not understood. */
export class GatewayArgumentError extends GatewayError {
  override readonly name: string = 'GatewayArgumentError';
}

/** No answer came: no network, no such host, a cut connection, or a browser's CORS refusal. */
export class GatewayConnectionError extends GatewayError {
  override readonly name: string = 'GatewayConnectionError';

  constructor(message: string, cause: unknown) {
    super('connection_failed', message, { cause });
  }
}

/** The answer is not what the protocol promises, such as a proxy's HTML page. */
export class GatewayResponseError extends GatewayError {
  override readonly name: string = 'GatewayResponseError';

  constructor(message: string, fields: GatewayErrorFields) {
    super('invalid_response', message, fields);
  }
}

/** Why the redirect back to the app was not believed. */
export type GatewayCallbackErrorCode =
  /** `state` is not the one of an authorization that was started here (RFC 6749 §10.12). */
  | 'state_mismatch'
  /** `iss` is missing or is another server's (RFC 9207 §2.4). */
  | 'issuer_mismatch'
  /** A response parameter stands there twice (RFC 6749 §3.1). */
  | 'duplicate_parameter'
  /** The URL has neither `code` nor `error`. */
  | 'not_a_callback';

/** The redirect back to the app was not believed; no code was sent anywhere. */
export class GatewayCallbackError extends GatewayError {
  override readonly name: string = 'GatewayCallbackError';
  declare readonly code: GatewayCallbackErrorCode;

  constructor(code: GatewayCallbackErrorCode, message: string) {
    super(code, message);
  }
}

/** What an OAuth error answer says beside its HTTP status. */
export interface GatewayOAuthErrorFields extends GatewayErrorFields {
  errorDescription?: string | undefined;
  errorUri?: string | undefined;
  retryAfterSeconds?: number | undefined;
  appStatus?: string | undefined;
}

/**
 * The authorization server said no: RFC 6749 §4.1.2.1 in a redirect, §5.2 from the token endpoint,
 * RFC 8628 §3.5 for device codes. `code` is the same word as `error`.
 */
export class GatewayOAuthError extends GatewayError {
  override readonly name: string = 'GatewayOAuthError';
  /** OAuth's `error`, such as `invalid_grant`. */
  readonly error: string;
  /** OAuth's `error_description`: a sentence for the developer. */
  readonly errorDescription: string | undefined;
  /** OAuth's `error_uri`: a page about this error. */
  readonly errorUri: string | undefined;
  /** Seconds to wait before asking again, where the server said so. */
  readonly retryAfterSeconds: number | undefined;
  /** Review state of an app that may not be used yet or any more, such as `pending`. */
  readonly appStatus: string | undefined;

  constructor(error: string, fields: GatewayOAuthErrorFields = {}) {
    super(error, fields.errorDescription ?? `The gateway answered ${error}.`, fields);
    this.error = error;
    this.errorDescription = fields.errorDescription;
    this.errorUri = fields.errorUri;
    this.retryAfterSeconds = fields.retryAfterSeconds;
    this.appStatus = fields.appStatus;
  }
}

/** The user said no (`access_denied`: RFC 6749 §4.1.2.1, RFC 8628 §3.5). */
export class GatewayAccessDeniedError extends GatewayOAuthError {
  override readonly name: string = 'GatewayAccessDeniedError';
}

/** Nobody approved the device code in time (`expired_token`, RFC 8628 §3.5): start again. */
export class GatewayDeviceCodeExpiredError extends GatewayOAuthError {
  override readonly name: string = 'GatewayDeviceCodeExpiredError';
}

/** What an error answer of `/v1/…` says beside its HTTP status. */
export interface GatewayApiErrorFields extends GatewayErrorFields {
  type?: string | undefined;
  param?: string | undefined;
  docsUrl?: string | undefined;
  denial?: GatewayDenial | undefined;
  retryAfterSeconds?: number | undefined;
}

/** What the app can do about a denial, and the figures that go with it. */
export interface GatewayDenial {
  /** Stable word, such as `insufficient_balance` or `key_revoked`. */
  readonly code: string;
  /** The way out. */
  readonly action: 'none' | 'open_portal' | 'reconnect' | 'wait' | 'contact_app';
  /** What the billing portal is to be opened for, such as `topup` or `limits`. */
  readonly purpose?: string;
  readonly balanceCents?: number;
  readonly requiredCents?: number;
  readonly shortfallCents?: number;
  readonly suggestedTopupCents?: number;
  readonly topupAmountsCents?: readonly number[];
  /** The largest `max_tokens` that the balance affords. */
  readonly affordableMaxTokens?: number;
  /** What to ask for when the user reconnects (RFC 6750 §3.1). */
  readonly missingScopes?: readonly string[];
  readonly retryAfterSeconds?: number;
  readonly docsUrl?: string;
}

/** The gateway refused a call that was made with a key. */
export class GatewayApiError extends GatewayError {
  override readonly name: string = 'GatewayApiError';
  /** OpenAI's error type, such as `authentication_error`. */
  readonly type: string | undefined;
  /** The parameter at fault, where there is one. */
  readonly param: string | undefined;
  /** A page about this error. */
  readonly docsUrl: string | undefined;
  /** The way out, where the gateway knows one. */
  readonly denial: GatewayDenial | undefined;
  /** Seconds to wait before asking again, where the server said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: string, message: string, fields: GatewayApiErrorFields) {
    super(code, message, fields);
    this.type = fields.type;
    this.param = fields.param;
    this.docsUrl = fields.docsUrl;
    this.denial = fields.denial;
    this.retryAfterSeconds = fields.retryAfterSeconds;
  }
}

/** Why a call that waited for its user gave up. */
export type GatewayUserWaitErrorCode =
  /** The user left the portal without paying. */
  | 'payment_cancelled'
  /** The payment was refused for good. */
  | 'payment_failed'
  /** The portal session ended before anything was done. */
  | 'portal_session_expired'
  /** The user did not act within the time limit. */
  | 'wait_timed_out';

/**
 * A call waited for its user, and the user did not do what was needed. `cause` is the refusal that
 * it waited about, so evaluateGatewayInferenceRecovery still tells the way out.
 */
export class GatewayUserWaitError extends GatewayError {
  override readonly name: string = 'GatewayUserWaitError';
  declare readonly code: GatewayUserWaitErrorCode;

  constructor(code: GatewayUserWaitErrorCode, message: string, cause: unknown) {
    super(code, message, { cause });
  }
}
