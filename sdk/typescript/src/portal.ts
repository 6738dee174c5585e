import { snakeCased } from './casing.js';
import { GatewayConnectionError, GatewayUserWaitError } from './errors.js';
import { eventsOf } from './events.js';
import { headOf, jsonObjectOf, type Answer } from './http.js';
import { linked, pause } from './pause.js';
import type { GatewayPortalOptions, GatewayPortalPurpose } from './recovery.js';
import { WireReader } from './wire.js';

/** A link to the user's billing portal. It is context, never a login, and pays nothing by itself. */
export interface GatewayPortalSession {
  id: string;
  /** Opens once, within fifteen minutes. */
  url: string;
  /** When the link ends, as an ISO 8601 date. */
  expiresAt: string;
}

/** What became of a portal session. `open` and `opened` are still under way. */
export type GatewayPortalStatus =
  | 'open'
  | 'opened'
  | 'funded'
  | 'saved'
  | 'limits_changed'
  | 'cancelled'
  | 'failed'
  | 'expired'
  // What newer gateways end a session with.
  | (string & {});

/** A portal session as the gateway knows it. */
export interface GatewayPortalState {
  id: string;
  purpose: GatewayPortalPurpose;
  status: GatewayPortalStatus;
  /** Whether the visit is over. A payment that arrives later still makes it `funded`. */
  isFinal: boolean;
  /** Whether the refused request can now be sent again. */
  shouldRetry: boolean;
}

/** Where the news of a session comes from. */
export interface PortalWatch {
  find(): Promise<GatewayPortalState>;
  changes(signal: AbortSignal): AsyncIterable<GatewayPortalState>;
}

/** After a lost connection; a person is not waiting for less. */
const RECONNECT_MS = 1000;
const RECONNECT_MS_MAX = 15_000;

/** How long one connection is listened to; a proxy that gathers events is found out by asking. */
const LISTEN_MS_MAX = 30_000;

export function portalBody(options: Partial<GatewayPortalOptions>): unknown {
  const { purpose, returnUrl, suggestedTopupCents, suggestedAutoReloadEnabled, state } = options;
  return snakeCased({
    purpose,
    returnUrl,
    suggestedTopupCents,
    suggestedAutoReloadEnabled,
    state,
  });
}

export function portalSessionOf(answer: Answer): GatewayPortalSession {
  const session = new WireReader(answer, 'a portal session');
  return {
    id: session.string('id'),
    url: session.string('url'),
    expiresAt: session.string('expires_at'),
  };
}

export function portalStateOf(answer: Answer, members = answer.json): GatewayPortalState {
  const state = new WireReader(answer, 'a portal session', members);
  return {
    id: state.string('id'),
    purpose: state.string('purpose'),
    status: state.string('status'),
    isFinal: state.boolean('is_final'),
    shouldRetry: state.boolean('should_retry'),
  };
}

/**
 * Resolves when the session has come to an end. Asks first and then listens; where the events do
 * not get through, as behind a proxy that gathers them, asking again and again does.
 */
export async function watchPortal(
  watch: PortalWatch,
  signal: AbortSignal,
): Promise<GatewayPortalState> {
  let pauseMs = RECONNECT_MS;
  for (;;) {
    const round = linked(signal);
    const timer = setTimeout(() => round.control.abort(), LISTEN_MS_MAX);
    try {
      const known = await watch.find();
      if (known.isFinal) return known;
      for await (const told of watch.changes(round.control.signal)) {
        pauseMs = RECONNECT_MS;
        if (told.isFinal) return told;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!isPassing(error)) throw error;
    } finally {
      clearTimeout(timer);
      round.unlink();
    }
    await pause(pauseMs, signal);
    pauseMs = Math.min(pauseMs * 2, RECONNECT_MS_MAX);
  }
}

/** The states that an event stream tells; what is no state is left out. */
export async function* portalStatesOf(
  response: Response & { body: ReadableStream<Uint8Array> },
): AsyncGenerator<GatewayPortalState, void, undefined> {
  const head = headOf(response);
  for await (const { data } of eventsOf(response.body)) {
    const members = jsonObjectOf(data);
    if (members !== undefined) yield portalStateOf(head, members);
  }
}

// What the gateway refuses it will refuse again; a lost connection and an outage pass.
function isPassing(error: unknown): boolean {
  const status = (error as { status?: unknown }).status;
  if (error instanceof GatewayConnectionError || status === undefined) return true;
  return status === 429 || (typeof status === 'number' && status >= 500);
}

/** What a visit that came to nothing is told as. */
export function failureOf({ status }: GatewayPortalState, denial: unknown): GatewayUserWaitError {
  switch (status) {
    case 'failed':
      return new GatewayUserWaitError('payment_failed', 'The payment was refused.', denial);
    case 'expired':
      return new GatewayUserWaitError(
        'portal_session_expired',
        'The billing portal was not used in time; open it again.',
        denial,
      );
    default:
      return new GatewayUserWaitError(
        'payment_cancelled',
        'The user left the billing portal without doing what was needed.',
        denial,
      );
  }
}
