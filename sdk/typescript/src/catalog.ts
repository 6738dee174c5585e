// The catalog is answered as the wire has it, so its names are snake_case.
import { isObject, unreadable, type Answer } from './http.js';

/** What a request of so many tokens costs the user. */
export interface GatewayCatalogEstimate {
  input_tokens: number;
  output_tokens: number;
  /** USD, markups included. */
  cost: number;
  cost_details: { base: number; gateway_markup: number; reseller_markup: number };
}

/** How the prices are to be read. */
export interface GatewayCatalogPricingContext {
  currency: string;
  unit: string;
  gateway_markup_bps: number;
  reseller_markup_bps: number;
  reseller_name: string | null;
  includes_markup: boolean;
  /** One plain sentence about the markup. */
  disclosure: string;
}

/** A model that can be asked. */
export interface GatewayCatalogModel {
  id: string;
  name: string;
  type: string;
  vendor: string;
  status: string;
  context_window: number | null;
  max_output_tokens: number | null;
  input_modalities: string[];
  capabilities: string[];
  /** Decimal texts by class of tokens; what the user pays, markups included. */
  pricing: Readonly<Record<string, unknown>> | null;
  /** One plain sentence with the price the user really pays, markup included and named. */
  disclosure: string;
  /** Where token counts were asked about. */
  estimated_cost?: GatewayCatalogEstimate | null;
}

/** What `arda/auto` understands, as the wire has it. */
export interface GatewayCatalogAutoRoute {
  model: string;
  modes: string[];
  intents: string[];
  default_mode: string;
}

/** The catalog, as the wire has it. */
export interface GatewayCatalog {
  as_of?: string;
  /** Null for keys without `models:read`, whose models are empty. */
  pricing_context: GatewayCatalogPricingContext | null;
  models: GatewayCatalogModel[];
  auto_route: GatewayCatalogAutoRoute | null;
}

/** What getCatalog and getEmbeddedAppBootstrap show. */
export interface GatewayModelQuery {
  /** Kinds of models, such as `language`; all that can be called when absent. */
  types?: string | readonly string[] | undefined;
  /** A typical request of the app; each model then says what it costs. */
  usage?: { inputTokens?: number | undefined; outputTokens?: number | undefined } | undefined;
}

export function catalogQuery({ types, usage }: GatewayModelQuery): URLSearchParams {
  const query = new URLSearchParams();
  if (types !== undefined) query.set('types', [types].flat().join(','));
  if (usage?.inputTokens !== undefined) query.set('input_tokens', String(usage.inputTokens));
  if (usage?.outputTokens !== undefined) query.set('output_tokens', String(usage.outputTokens));
  return query;
}

export function catalogOf(answer: Answer, wire: unknown = answer.json): GatewayCatalog {
  if (!isObject(wire) || !Array.isArray(wire['models'])) throw unreadable(answer, 'a catalog');
  return wire as unknown as GatewayCatalog;
}
