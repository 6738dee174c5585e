import { camelized } from './casing.js';
import type { GatewayChatCompletionRequest } from './chat-types.js';
import { isObject, unreadable, type Answer } from './http.js';
import { costOf, type GatewayCost } from './metadata.js';

/** A model at a provider that may answer. */
export interface GatewayRouteCandidate {
  model: string;
  provider: string;
}

/** Where a request would go, and why. */
export interface GatewayQuoteRoute {
  isAuto: boolean;
  mode: string | null;
  class: string | null;
  reason: string;
  /** In the order in which they are tried. */
  candidates: GatewayRouteCandidate[];
}

/** Tokens of a request, and what they cost its payer. */
export interface GatewayQuoteAmount {
  promptTokens: number;
  outputTokens: number;
  cost: GatewayCost;
}

/** What a request would cost. Nothing has run, and nothing is held. */
export interface GatewayQuote {
  /** The model that would answer. */
  model: string;
  route: GatewayQuoteRoute;
  /** Supposes an answer of ordinary length. */
  expected: GatewayQuoteAmount;
  /** What would be set aside when it begins. */
  hold: GatewayQuoteAmount;
  /** The most that it can cost. */
  upperBound: GatewayQuoteAmount;
}

/** A chat request, or with `endpoint` one of another kind. */
export type GatewayQuoteRequest = GatewayChatCompletionRequest | (object & { model: string });

/** What is quoted, and for how long an answer. */
export interface GatewayQuoteOptions {
  /** Which kind of request it is; a chat completion when absent. */
  endpoint?: 'chat/completions' | 'responses' | 'messages' | 'embeddings' | undefined;
  /** The length of answer that `expected` supposes. */
  outputTokens?: number | undefined;
}

export function quoteOf(answer: Answer): GatewayQuote {
  const wire = answer.json ?? {};
  const { model, route, expected, hold, upper_bound } = wire;
  if (typeof model !== 'string' || !isObject(route)) throw unreadable(answer, 'a quote');
  return {
    model,
    route: camelized(route) as GatewayQuoteRoute,
    expected: amountOf(answer, expected),
    hold: amountOf(answer, hold),
    upperBound: amountOf(answer, upper_bound),
  };
}

function amountOf(answer: Answer, wire: unknown): GatewayQuoteAmount {
  const cost = costOf(wire);
  if (cost === null || !isObject(wire)) throw unreadable(answer, 'a quote');
  const { prompt_tokens, output_tokens } = wire as Record<string, number>;
  return { promptTokens: prompt_tokens!, outputTokens: output_tokens!, cost };
}
