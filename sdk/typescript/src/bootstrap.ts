import { camelized } from './casing.js';
import { catalogOf, type GatewayCatalog, type GatewayModelQuery } from './catalog.js';
import { isObject, unreadable, type Answer } from './http.js';
import { costOf, type GatewayCost } from './metadata.js';
import type { GatewayAutoRoute } from './models.js';
import type { GatewayPortalOptions, RecoveryInstruction } from './recovery.js';
import { statusIn, type GatewayStatus } from './status.js';

/** What the app wants of an account before it begins. */
export interface GatewayBillingWish {
  /** The balance below which the app wants a top-up. */
  minimumBalanceCents?: number | undefined;
  /** Whether the app wants a card on file. */
  requireSavedPaymentMethod?: boolean | undefined;
  /** Where the portal sends the user back to. */
  returnUrl?: string | undefined;
  /** When absent, the smallest amount on sale that restores the minimum. */
  suggestedTopupCents?: number | undefined;
  /** Whether the portal is to offer auto-reload; the user decides. */
  suggestedAutoReloadEnabled?: boolean | undefined;
}

/** Options of {@link ArdaGateway.getEmbeddedAppBootstrap}. */
export interface GatewayBootstrapOptions {
  billing?: GatewayBillingWish | undefined;
  models?: GatewayModelQuery | undefined;
}

/** Whether the app can begin, and if not, why. */
export interface GatewayBillingDecision {
  ready: boolean;
  action: RecoveryInstruction['action'];
  /** The stable word for it; `ready` when there is nothing to do. */
  reason: string;
  /** The scopes to ask for when the user reconnects. */
  missingScopes: string[];
  /** What is missing to the minimum. */
  shortfallCents: number;
}

/** What the typical request costs the user. */
export interface GatewayEstimate {
  inputTokens: number;
  outputTokens: number;
  cost: GatewayCost;
}

/** A choice of a model picker. */
export interface GatewayModelOption {
  id: string;
  name: string;
  type: string;
  /** One plain sentence with the price the user really pays, markup included and named. */
  disclosure: string;
  /** Decimal texts by class of tokens; null for `arda/auto`. */
  pricing: Readonly<Record<string, unknown>> | null;
  estimatedCost: GatewayEstimate | null;
  capabilities: string[];
  isAutoRoute: boolean;
}

/** All that an embedded app wants to know before it begins. */
export interface GatewayBootstrap {
  billing: GatewayBillingDecision;
  /** What to do about it. */
  recoveryInstruction: RecoveryInstruction;
  status: GatewayStatus;
  /** The wire's own object, snake_case. */
  catalog: GatewayCatalog;
  modelOptions: GatewayModelOption[];
  /** What `arda/auto` understands; null where no model can be chosen. */
  autoRoute: GatewayAutoRoute | null;
  autoRouteOption: GatewayModelOption | null;
  /** The option to start with. */
  defaultModelOption: GatewayModelOption | null;
}

export function bootstrapOf(answer: Answer): GatewayBootstrap {
  const wire = answer.json ?? {};
  const { billing, model_options } = wire;
  if (!isObject(billing) || !Array.isArray(model_options)) throw unreadable(answer, 'a bootstrap');
  return {
    billing: camelized(billing) as GatewayBillingDecision,
    recoveryInstruction: instructionIn(wire['recovery_instruction']),
    status: statusIn(wire['status']),
    catalog: catalogOf(answer, wire['catalog']),
    modelOptions: model_options.map((option) => optionIn(option)!),
    autoRoute: (camelized(wire['auto_route']) ?? null) as GatewayAutoRoute | null,
    autoRouteOption: optionIn(wire['auto_route_option']),
    defaultModelOption: optionIn(wire['default_model_option']),
  };
}

function optionIn(wire: unknown): GatewayModelOption | null {
  if (!isObject(wire)) return null;
  const option = camelized(wire) as GatewayModelOption;
  return { ...option, estimatedCost: estimateIn(wire['estimated_cost']) };
}

function estimateIn(wire: unknown): GatewayEstimate | null {
  const cost = costOf(wire);
  if (cost === null || !isObject(wire)) return null;
  const { input_tokens, output_tokens } = wire as Record<string, number>;
  return { inputTokens: input_tokens!, outputTokens: output_tokens!, cost };
}

// The union promises what its action needs, so what a gateway leaves out is filled in here.
function instructionIn(wire: unknown): RecoveryInstruction {
  const { action, portalOptions, retryAfterSeconds, ...said } = (
    isObject(wire) ? camelized(wire) : { action: 'none' }
  ) as { action: RecoveryInstruction['action'] } & Partial<{
    reason: string;
    message: string;
    missingScopes: string[];
    portalOptions: GatewayPortalOptions | null;
    retryAfterSeconds: number | null;
  }>;
  const facts = {
    reason: said.reason ?? 'none',
    message: said.message ?? '',
    missingScopes: said.missingScopes ?? [],
  };
  switch (action) {
    case 'open_portal':
      return { ...facts, action, portalOptions: portalOptions ?? { purpose: 'topup' } };
    case 'wait':
      return { ...facts, action, ...(retryAfterSeconds == null ? {} : { retryAfterSeconds }) };
    default:
      return { ...facts, action };
  }
}
