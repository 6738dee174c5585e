import { isObject } from './http.js';
import type { GatewayBalance } from './recovery.js';

/** What `arda/auto` chose. */
export interface GatewayRoutingChoice {
  /** The concrete model that answers. */
  selectedModel: string;
  /** The kind of task, such as `coding`; null for a model that was asked for by name. */
  class: string | null;
}

/** Requests per minute. */
export interface GatewayRateLimit {
  limit: number;
  remaining: number;
}

/** What a request cost its payer, markups included and named. */
export interface GatewayCost {
  totalUsd: number;
  /** The provider's price. */
  baseUsd: number;
  /** What the gateway's operator adds. */
  gatewayMarkupUsd: number;
  /** What the app's owner adds. */
  resellerMarkupUsd: number;
}

/** What comes with every inference answer beside the answer itself. */
export interface GatewayAnswerMetadata {
  /** Null for keys without `balance:read`. */
  balance: GatewayBalance | null;
  routing: GatewayRoutingChoice | null;
  rateLimit: GatewayRateLimit | null;
  /** The gateway's id of the request; quote it when you ask for help. */
  requestId: string | null;
  /** Names the receipt: `gateway.getGeneration(generationId)`. */
  generationId: string | null;
  /** Null where the answer does not say it; of a stream, `final` does. */
  cost: GatewayCost | null;
  /** The output limit that the gateway set because the balance affords no more. */
  maxTokensApplied: number | null;
  /** Whether this is the stored answer of an earlier request with the same idempotency key. */
  isReplay: boolean;
}

/** Reads the headers that each inference answer has. */
export function metadataOf(headers: Headers, cost: GatewayCost | null): GatewayAnswerMetadata {
  const balanceCents = numberIn(headers, 'x-gateway-balance-cents');
  const selectedModel = headers.get('x-arda-selected-model');
  const limit = numberIn(headers, 'x-ratelimit-limit');
  const remaining = numberIn(headers, 'x-ratelimit-remaining');
  return {
    balance:
      balanceCents === null
        ? null
        : balanceOf(balanceCents, headers.get('x-gateway-balance-warning')),
    routing:
      selectedModel === null ? null : { selectedModel, class: headers.get('x-arda-routing-class') },
    rateLimit: limit === null || remaining === null ? null : { limit, remaining },
    requestId: headers.get('x-request-id'),
    generationId: headers.get('x-arda-generation-id'),
    cost,
    maxTokensApplied: numberIn(headers, 'x-arda-max-tokens-applied'),
    isReplay: headers.get('x-arda-idempotent-replay') === 'true',
  };
}

/** The charge, which rides on the usage. */
export function costOf(usage: unknown): GatewayCost | null {
  if (!isObject(usage) || typeof usage['cost'] !== 'number') return null;
  const details = isObject(usage['cost_details']) ? usage['cost_details'] : {};
  const part = (name: string): number =>
    typeof details[name] === 'number' ? (details[name] as number) : 0;
  return {
    totalUsd: usage['cost'],
    baseUsd: part('base'),
    gatewayMarkupUsd: part('gateway_markup'),
    resellerMarkupUsd: part('reseller_markup'),
  };
}

/** The balance after the charge, which rides on the usage of a stream. */
export function settledBalanceOf(usage: unknown): GatewayBalance | null {
  if (!isObject(usage) || typeof usage['balance_cents'] !== 'number') return null;
  return balanceOf(usage['balance_cents'], usage['balance_warning']);
}

function balanceOf(balanceCents: number, warning: unknown): GatewayBalance {
  return { balanceCents, warning: warning === 'low' ? 'low' : null };
}

function numberIn(headers: Headers, name: string): number | null {
  const text = headers.get(name);
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}
