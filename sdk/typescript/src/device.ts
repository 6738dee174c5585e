import {
  authenticate,
  connectionOf,
  oauthErrorOf,
  type GatewayClientOptions,
  type GatewayConnection,
} from './connection.js';
import {
  GatewayConnectionError,
  GatewayDeviceCodeExpiredError,
  GatewayOAuthError,
  GatewayResponseError,
} from './errors.js';
import { send } from './http.js';
import { addScope, required, type GatewayScope } from './oauth.js';
import { pause } from './pause.js';
import { WireReader } from './wire.js';

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:device_code';

/** Seconds between polls when the server names none (RFC 8628 §3.2). */
const INTERVAL_DEFAULT_SECONDS = 5;

/** What `slow_down` adds, for this and all later polls (RFC 8628 §3.5). */
const SLOW_DOWN_SECONDS = 5;

/** Where the backing-off after lost connections ends; nobody waits longer for a screen. */
const INTERVAL_MAX_SECONDS = 60;

/** Options of {@link startGatewayDeviceAuthorization}. */
export interface StartGatewayDeviceAuthorizationOptions extends GatewayClientOptions {
  /** What to ask for; the app's registered scopes when absent. */
  scopes?: readonly GatewayScope[] | undefined;
}

/** Device and user code (RFC 8628 §3.2). */
export interface GatewayDeviceAuthorization {
  /** The secret half, for polling; never show it. */
  deviceCode: string;
  /** What the user types at `verificationUri`. */
  userCode: string;
  verificationUri: string;
  /** The same page with the code filled in, for a QR code. Opening it approves nothing. */
  verificationUriComplete?: string;
  /** Seconds until both codes end. */
  expiresIn: number;
  /** Seconds to wait between polls. */
  interval: number;
}

/**
 * Starts a sign-in on another device (RFC 8628 §3.1): show `userCode` and `verificationUri`, then
 * wait. For CLIs, TVs and desktop apps without a browser of their own. Never ask people for a code
 * that they did not just see on your screen (RFC 8628 §5.4).
 *
 * @throws {@link GatewayOAuthError} such as `unauthorized_client` when the app's registration has
 * device codes switched off.
 */
export async function startGatewayDeviceAuthorization(
  options: StartGatewayDeviceAuthorizationOptions,
): Promise<GatewayDeviceAuthorization> {
  required(options.clientId, 'clientId');
  const form = new URLSearchParams();
  const authorization = authenticate(form, options);
  addScope(form, options.scopes);
  const answer = await send(options, {
    method: 'POST',
    path: '/oauth/device/code',
    form,
    authorization,
  });
  if (!answer.ok) throw oauthErrorOf(answer);
  const device = new WireReader(answer, 'a device code');
  const complete = device.optionalString('verification_uri_complete');
  return {
    deviceCode: device.string('device_code'),
    userCode: device.string('user_code'),
    verificationUri: device.string('verification_uri'),
    ...(complete === undefined ? {} : { verificationUriComplete: complete }),
    expiresIn: device.number('expires_in'),
    interval: device.optionalNumber('interval') ?? INTERVAL_DEFAULT_SECONDS,
  };
}

/** Options of {@link pollGatewayDeviceAuthorization}. */
export interface PollGatewayDeviceAuthorizationOptions extends GatewayClientOptions {
  /** The `deviceCode` of startGatewayDeviceAuthorization. */
  deviceCode: string;
  /** The interval that the last answer named; 5 seconds when absent. */
  interval?: number | undefined;
}

/** The user has not decided yet; ask again after `interval` seconds. */
export interface GatewayDevicePending {
  status: 'pending';
  interval: number;
}

/** The user said yes. */
export interface GatewayDeviceConnected extends GatewayConnection {
  status: 'connected';
}

/** What one poll can answer; refusals throw. */
export type GatewayDevicePoll = GatewayDevicePending | GatewayDeviceConnected;

/**
 * Asks once whether the user has decided (RFC 8628 §3.4). `authorization_pending` and `slow_down`
 * (RFC 8628 §3.5) are `pending`; wait as long as `interval` says, and pass it on with the next
 * poll. Stop at `connected`: a code that was used and comes again makes the gateway revoke the key.
 *
 * @throws {@link GatewayAccessDeniedError} when the user said no.
 * @throws {@link GatewayDeviceCodeExpiredError} when nobody decided in time.
 * @throws {@link GatewayOAuthError} on anything else, such as `invalid_grant`.
 */
export async function pollGatewayDeviceAuthorization(
  options: PollGatewayDeviceAuthorizationOptions,
): Promise<GatewayDevicePoll> {
  const interval = options.interval ?? INTERVAL_DEFAULT_SECONDS;
  const form = new URLSearchParams({
    grant_type: GRANT_TYPE,
    device_code: required(options.deviceCode, 'deviceCode'),
  });
  required(options.clientId, 'clientId');
  const authorization = authenticate(form, options);
  const answer = await send(options, { method: 'POST', path: '/oauth/token', form, authorization });
  if (answer.ok) return { status: 'connected', ...connectionOf(answer, options) };
  switch (answer.json?.['error']) {
    case 'authorization_pending':
      return { status: 'pending', interval };
    case 'slow_down':
      return { status: 'pending', interval: interval + SLOW_DOWN_SECONDS };
    default:
      throw oauthErrorOf(answer);
  }
}

/** Options of {@link waitForGatewayDeviceAuthorization}. */
export interface WaitForGatewayDeviceAuthorizationOptions extends PollGatewayDeviceAuthorizationOptions {
  /** Seconds until the codes end, as startGatewayDeviceAuthorization answered it. */
  expiresIn?: number | undefined;
}

/**
 * Polls until the user has decided, politely (RFC 8628 §3.5): waits before each poll, slows down
 * for good when told to, backs off when the connection fails, and heeds `Retry-After`. Give it what
 * startGatewayDeviceAuthorization answered: `waitFor…({ clientId, ...device, signal })`.
 *
 * @throws {@link GatewayAccessDeniedError} when the user said no.
 * @throws {@link GatewayDeviceCodeExpiredError} when nobody decided in time.
 */
export async function waitForGatewayDeviceAuthorization(
  options: WaitForGatewayDeviceAuthorizationOptions,
): Promise<GatewayDeviceConnected> {
  const endsAt = Date.now() + (options.expiresIn ?? Infinity) * 1000;
  let interval = options.interval ?? INTERVAL_DEFAULT_SECONDS;
  let pauseSeconds = interval;
  for (;;) {
    await pause(Math.min(pauseSeconds * 1000, endsAt - Date.now()), options.signal);
    if (Date.now() >= endsAt) {
      throw new GatewayDeviceCodeExpiredError('expired_token', {
        errorDescription: 'Nobody approved the code in time; start again.',
      });
    }
    try {
      const answer = await pollGatewayDeviceAuthorization({ ...options, interval });
      if (answer.status === 'connected') return answer;
      interval = answer.interval;
      pauseSeconds = interval;
    } catch (error) {
      pauseSeconds = pauseAfter(error, pauseSeconds);
    }
  }
}

/** How long to wait after a poll that failed for the moment; what failed for good is thrown. */
function pauseAfter(error: unknown, pauseSeconds: number): number {
  if (error instanceof GatewayConnectionError) {
    return Math.min(pauseSeconds * 2, Math.max(pauseSeconds, INTERVAL_MAX_SECONDS));
  }
  const answered = error instanceof GatewayOAuthError || error instanceof GatewayResponseError;
  const status = answered ? (error.status ?? 0) : 0;
  if (status !== 429 && status < 500) throw error;
  const wished = error instanceof GatewayOAuthError ? (error.retryAfterSeconds ?? 0) : 0;
  return Math.max(pauseSeconds, wished);
}
