import { denialOf } from './api-error.js';
import { GatewayApiError, type GatewayDenial } from './errors.js';
import { isObject, retryAfterSecondsOf } from './http.js';

/** The balance as the headers of an answer tell it. */
export interface GatewayBalance {
  balanceCents: number;
  /** `low` when the project is near its top-up. */
  warning: 'low' | null;
}

/** What the portal opens for: the page where the user can act. */
export type GatewayPortalPurpose =
  | 'overview'
  | 'topup'
  | 'payment_method'
  | 'payment_action'
  | 'auto_reload'
  | 'limits'
  // Purposes of newer gateways pass, too.
  | (string & {});

/** What createPortalSession is to be called with. */
export interface GatewayPortalOptions {
  purpose: GatewayPortalPurpose;
  /** Where the user comes back to. */
  returnUrl?: string;
  suggestedTopupCents?: number;
  suggestedAutoReloadEnabled?: boolean;
  /** Comes back with the user, as `state` in the query of `returnUrl`. */
  state?: string;
}

/** What every instruction says beside its action. */
export interface GatewayRecoveryFacts {
  /** The gateway's stable word for it, such as `insufficient_balance`; `none` without one. */
  reason: string;
  /** A sentence that can be shown. */
  message: string;
  /** The scopes to ask for when the user reconnects. */
  missingScopes: string[];
}

/** What the app does next. `none`: nothing about billing, treat it as you treat any error. */
export type RecoveryInstruction =
  | (GatewayRecoveryFacts & { action: 'none' })
  | (GatewayRecoveryFacts & { action: 'open_portal'; portalOptions: GatewayPortalOptions })
  | (GatewayRecoveryFacts & { action: 'reconnect' })
  | (GatewayRecoveryFacts & { action: 'wait'; retryAfterSeconds?: number })
  | (GatewayRecoveryFacts & { action: 'contact_app' });

/** Options of {@link evaluateGatewayInferenceRecovery}. */
export interface GatewayInferenceRecoveryOptions {
  /** The amounts that can be bought. */
  topupAmountsCents?: readonly number[] | undefined;
  /** Where the portal sends the user back to. */
  returnUrl?: string | undefined;
  /**
   * Your own suggestion, used as long as it covers what is missing; without one, the smallest
   * amount on sale that does.
   */
  suggestedTopupCents?: number | undefined;
  /** Whether the portal is to offer auto-reload; the user decides. */
  suggestedAutoReloadEnabled?: boolean | undefined;
}

/** Options of {@link evaluateGatewayBalanceRecovery}. */
export interface GatewayBalanceRecoveryOptions extends GatewayInferenceRecoveryOptions {
  /** Below this the portal is to open; without it, the gateway's own warning decides. */
  minimumBalanceCents?: number | undefined;
}

/**
 * Whether a balance that still sufficed wants a top-up, before the next request fails. Suggests the
 * smallest amount on sale that restores the floor, unless you suggest one. Calls nobody.
 */
export function evaluateGatewayBalanceRecovery(
  balance: GatewayBalance | null | undefined,
  options: GatewayBalanceRecoveryOptions = {},
): RecoveryInstruction {
  if (!balance) return NONE;
  const { balanceCents, warning } = balance;
  const floor = options.minimumBalanceCents;
  const isLow = floor === undefined ? warning === 'low' : balanceCents < floor;
  if (!isLow && balanceCents > 0) return NONE;
  const missingCents = Math.max(floor ?? 0, 1) - balanceCents;
  return {
    action: 'open_portal',
    reason: balanceCents > 0 ? 'balance_low' : 'insufficient_balance',
    message: `The balance is ${dollars(balanceCents)}; top up to continue.`,
    missingScopes: [],
    portalOptions: portalOptions('topup', suggestedTopup(missingCents, options), options),
  };
}

/**
 * What to do about an error of a request: ours, one of the OpenAI, Anthropic or Vercel AI SDKs, or
 * a bare `Response`. What is no matter of billing or access is `none`. Calls nobody.
 */
export function evaluateGatewayInferenceRecovery(
  error: unknown,
  options: GatewayInferenceRecoveryOptions = {},
): RecoveryInstruction {
  const found = denialIn(error, 0);
  if (found !== undefined) {
    const instruction = instructionOf(found.denial, found.message, options);
    return instruction.action === 'wait' ? { ...retryAfterIn(error), ...instruction } : instruction;
  }
  const answer = answerIn(error, 0);
  return answer === undefined ? NONE : instructionOfStatus(answer, options);
}

const NONE: RecoveryInstruction = Object.freeze({
  action: 'none',
  reason: 'none',
  message: 'There is nothing to do about billing.',
  missingScopes: [],
});

/** Deep enough for a wrapped error's cause and its body, and an end for what refers to itself. */
const DEPTH_MAX = 5;

/** Where the known clients keep the body, or the error that they wrap. */
const CARRIERS = [
  'error', // openai, Anthropic, and the body itself
  'lastError', // Vercel AI SDK, after its retries
  'data', // Vercel AI SDK, parsed
  'responseBody', // Vercel AI SDK, as text
  'body',
  'response',
  'cause',
];

interface Found {
  denial: GatewayDenial;
  message: string | undefined;
}

function denialIn(value: unknown, depth: number): Found | undefined {
  if (depth > DEPTH_MAX) return undefined;
  if (typeof value === 'string') return denialIn(parsed(value), depth + 1);
  if (!isObject(value)) return undefined;
  const denial = value instanceof GatewayApiError ? value.denial : denialOf(value['gateway']);
  if (denial !== undefined) return { denial, message: textOf(value['message']) };
  for (const carrier of CARRIERS) {
    const found = denialIn(value[carrier], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function instructionOf(
  denial: GatewayDenial,
  message: string | undefined,
  options: GatewayInferenceRecoveryOptions,
): RecoveryInstruction {
  const facts = {
    reason: denial.code,
    message: message ?? `The gateway answered ${denial.code}.`,
    missingScopes: [...(denial.missingScopes ?? [])],
  };
  switch (denial.action) {
    case 'open_portal':
      return { ...facts, action: 'open_portal', portalOptions: portalOptionsOf(denial, options) };
    case 'wait':
      return { ...facts, action: 'wait', ...retryAfter(denial.retryAfterSeconds) };
    default:
      return { ...facts, action: denial.action };
  }
}

function portalOptionsOf(
  denial: GatewayDenial,
  options: GatewayInferenceRecoveryOptions,
): GatewayPortalOptions {
  const amounts = options.topupAmountsCents ?? denial.topupAmountsCents;
  const { suggestedTopupCents } = options;
  const missingCents = denial.shortfallCents ?? 0;
  const topup =
    suggestedTopupCents !== undefined && suggestedTopupCents >= missingCents
      ? suggestedTopupCents
      : (denial.suggestedTopupCents ??
        (denial.shortfallCents === undefined ? undefined : smallestTopup(missingCents, amounts)));
  return portalOptions(denial.purpose ?? 'topup', topup, options);
}

/** The answer that an error stands for, however deep a client has wrapped it. */
function answerIn(value: unknown, depth: number): Record<string, unknown> | undefined {
  if (depth > DEPTH_MAX || !isObject(value)) return undefined;
  if (typeof (value['status'] ?? value['statusCode']) === 'number') return value;
  for (const carrier of CARRIERS) {
    const found = answerIn(value[carrier], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

// An answer whose body is gone or unread still has its status.
function instructionOfStatus(
  error: Record<string, unknown>,
  options: GatewayInferenceRecoveryOptions,
): RecoveryInstruction {
  const headers = headersIn(error);
  const facts = {
    message: textOf(error['message']) ?? 'The gateway refused the request.',
    missingScopes: [] as string[],
  };
  const status = error['status'] ?? error['statusCode'];
  switch (status) {
    case 401:
      return { ...facts, action: 'reconnect', reason: 'invalid_key' };
    case 402:
      return {
        ...facts,
        action: 'open_portal',
        reason: 'insufficient_balance',
        portalOptions: portalOptions('topup', options.suggestedTopupCents, options),
      };
    case 403:
      return instructionOfChallenge(headers.get('www-authenticate') ?? '', facts);
    case 429:
    case 503: {
      const reason = status === 429 ? 'rate_limited' : 'unavailable';
      return { ...facts, action: 'wait', reason, ...retryAfter(retryAfterSecondsOf(headers)) };
    }
    default:
      return NONE;
  }
}

/** `WWW-Authenticate: Bearer error="insufficient_scope", scope="…"` (RFC 6750 §3). */
function instructionOfChallenge(
  challenge: string,
  facts: { message: string; missingScopes: string[] },
): RecoveryInstruction {
  if (!challenge.includes('insufficient_scope')) return NONE;
  const scope = /scope="([^"]*)"/.exec(challenge.replace(/error="[^"]*"/, ''))?.[1] ?? '';
  const missingScopes = scope.split(' ').filter((name) => name !== '');
  return { ...facts, action: 'reconnect', reason: 'insufficient_scope', missingScopes };
}

function portalOptions(
  purpose: string,
  suggestedTopupCents: number | undefined,
  { returnUrl, suggestedAutoReloadEnabled }: GatewayInferenceRecoveryOptions,
): GatewayPortalOptions {
  return {
    purpose,
    ...(returnUrl === undefined ? {} : { returnUrl }),
    ...(suggestedTopupCents === undefined ? {} : { suggestedTopupCents }),
    ...(suggestedAutoReloadEnabled === undefined ? {} : { suggestedAutoReloadEnabled }),
  };
}

function suggestedTopup(
  missingCents: number,
  { suggestedTopupCents, topupAmountsCents }: GatewayInferenceRecoveryOptions,
): number | undefined {
  return suggestedTopupCents !== undefined && suggestedTopupCents >= missingCents
    ? suggestedTopupCents
    : smallestTopup(missingCents, topupAmountsCents);
}

/** The smallest amount on sale that covers it, or the largest when none does. */
function smallestTopup(
  missingCents: number,
  amountsCents: readonly number[] = [],
): number | undefined {
  const amounts = [...amountsCents].sort((a, b) => a - b);
  return amounts.find((amount) => amount >= missingCents) ?? amounts.at(-1);
}

function retryAfter(seconds: number | undefined): { retryAfterSeconds?: number } {
  return seconds === undefined ? {} : { retryAfterSeconds: seconds };
}

/** Where the body does not say how long, the headers may. */
function retryAfterIn(error: unknown): { retryAfterSeconds?: number } {
  if (error instanceof GatewayApiError) return retryAfter(error.retryAfterSeconds);
  const answer = answerIn(error, 0);
  return answer === undefined ? {} : retryAfter(retryAfterSecondsOf(headersIn(answer)));
}

function headersIn(error: Record<string, unknown>): Headers {
  const value = error['headers'] ?? error['responseHeaders'];
  try {
    return new Headers((value ?? {}) as Record<string, string>);
  } catch {
    return new Headers();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function dollars(cents: number): string {
  return `${cents < 0 ? '-' : ''}$${(Math.abs(cents) / 100).toFixed(2)}`;
}
