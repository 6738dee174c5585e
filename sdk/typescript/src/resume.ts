import { failureOf, type GatewayPortalSession, type GatewayPortalState } from './portal.js';
import { GatewayConnectionError, GatewayUserWaitError } from './errors.js';
import { linked, pause } from './pause.js';
import {
  evaluateGatewayInferenceRecovery,
  type GatewayInferenceRecoveryOptions,
  type RecoveryInstruction,
} from './recovery.js';

/** An instruction to open the portal. */
export type GatewayPortalInstruction = Extract<RecoveryInstruction, { action: 'open_portal' }>;

/** How a call waits for its user. */
export interface GatewayWaitForUser extends GatewayInferenceRecoveryOptions {
  /**
   * Shows the portal: opens `portal.url`, or shows a button that does, because browsers open windows
   * only when somebody has just clicked. What it throws ends the call.
   */
  openPortal: (
    portal: GatewayPortalSession,
    recovery: GatewayPortalInstruction,
  ) => void | Promise<void>;
  /** How long the user may take in all; fifteen minutes when absent. */
  timeoutMs?: number | undefined;
}

/** What one attempt of a call goes out with. */
export interface GatewayAttempt {
  /** The same for all attempts, so that the request is answered, and paid, once. */
  idempotencyKey: string;
  signal: AbortSignal;
}

/** How often and how long a call is tried. */
export interface Patience {
  maxRetries: number;
  signal: AbortSignal | undefined;
  waitForUser: GatewayWaitForUser | undefined;
}

/** What a waiting call needs of the client. */
export interface PortalDoor {
  open(recovery: GatewayPortalInstruction, signal: AbortSignal): Promise<GatewayPortalSession>;
  wait(id: string, signal: AbortSignal): Promise<GatewayPortalState>;
}

const USER_MS_MAX = 15 * 60 * 1000;

/** What is to be waited for longer than this is told to the app. */
const RETRY_AFTER_SECONDS_MAX = 60;

const RETRY_MS = 500;

/** A user who has been there this often will not put it right the next time either. */
const PORTAL_VISITS_MAX = 5;

/**
 * Runs an act until it is answered: what passes by itself is waited for as the gateway says, and
 * what only the user can end is brought to the user.
 */
export async function persevere<T>(
  act: (signal: AbortSignal) => Promise<T>,
  patience: Patience,
  door: PortalDoor,
): Promise<T> {
  const { waitForUser: user } = patience;
  const limit = linked(patience.signal);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let refusal: unknown;
  try {
    for (let retries = 0, visits = 0; ;) {
      try {
        // Not under the time limit: that is the user's, and the answer may take its own time.
        return await act(patience.signal ?? new AbortController().signal);
      } catch (error) {
        refusal = error;
        patience.signal?.throwIfAborted();
        const recovery = evaluateGatewayInferenceRecovery(error, user);
        const waitMs = waitMsOf(recovery, error, retries);
        if (waitMs !== undefined && (retries < patience.maxRetries || timer !== undefined)) {
          retries += 1;
          await pause(waitMs, limit.control.signal);
        } else if (
          recovery.action === 'open_portal' &&
          user !== undefined &&
          visits < PORTAL_VISITS_MAX
        ) {
          visits += 1;
          timer ??= setTimeout(() => limit.control.abort(TIMED_OUT), user.timeoutMs ?? USER_MS_MAX);
          await bringToUser(recovery, error, user, door, limit.control.signal);
        } else throw error;
      }
    }
  } catch (error) {
    if (error !== TIMED_OUT) throw error;
    const message = 'The user did not act in time.';
    throw new GatewayUserWaitError('wait_timed_out', message, refusal);
  } finally {
    clearTimeout(timer);
    limit.unlink();
  }
}

/** Tells our own time limit from every other end. */
const TIMED_OUT = Symbol('timed out');

async function bringToUser(
  recovery: GatewayPortalInstruction,
  refusal: unknown,
  user: GatewayWaitForUser,
  door: PortalDoor,
  signal: AbortSignal,
): Promise<void> {
  const portal = await door.open(recovery, signal);
  // Beside the wait: a callback that shows a dialog may end long after the payment.
  const shown = Promise.resolve(user.openPortal(portal, recovery));
  const rejected = shown.then(() => new Promise<never>(() => undefined));
  const round = linked(signal);
  try {
    const state = await Promise.race([door.wait(portal.id, round.control.signal), rejected]);
    if (!state.shouldRetry) throw failureOf(state, refusal);
  } finally {
    round.unlink();
    round.control.abort();
  }
}

/** How long to wait before it is tried again; undefined when trying again is no use, or unsafe. */
function waitMsOf(
  recovery: RecoveryInstruction,
  error: unknown,
  retries: number,
): number | undefined {
  // A lost answer may have been paid for; only its idempotency key makes a second try safe.
  if (recovery.action !== 'wait' || error instanceof GatewayConnectionError) return undefined;
  const seconds = recovery.retryAfterSeconds;
  if (seconds === undefined) return RETRY_MS * 2 ** Math.min(retries, 6);
  return seconds <= RETRY_AFTER_SECONDS_MAX ? seconds * 1000 : undefined;
}
