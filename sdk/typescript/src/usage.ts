import { unreadable, type Answer } from './http.js';
import { costOf, type GatewayCost } from './metadata.js';
import { WireReader } from './wire.js';

/** Options of {@link ArdaGateway.listUsage}. */
export interface GatewayUsageQuery {
  /** A day or a time, included; a Date or ISO 8601. */
  from?: string | Date | undefined;
  /** A day or a time, not included. */
  to?: string | Date | undefined;
  /** How many of a page: 1 to 200, 50 when absent. */
  limit?: number | undefined;
  /** The `nextBefore` of the page before. */
  before?: string | undefined;
}

/** One charged request. */
export interface GatewayUsageEntry {
  /** Names its receipt. */
  generationId: string;
  chargedAt: string;
  model: string;
  provider: string;
  keyId: string;
  /** Null for a key that the user made. */
  clientId: string | null;
  outcome: string;
  /** Tokens by class. */
  usage: Readonly<Record<string, number>>;
  cost: GatewayCost;
}

/** A page of charged requests, newest first. */
export interface GatewayUsagePage {
  data: GatewayUsageEntry[];
  hasMore: boolean;
  nextBefore: string | null;
  /** Of the whole span, not of this page. */
  total: { requests: number; costUsd: number };
  /** Null for keys without `balance:read`. */
  balanceCents: number | null;
}

export function usageQuery(options: GatewayUsageQuery): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['from', 'to'] as const) {
    const moment = options[name];
    if (moment !== undefined) {
      query.set(name, moment instanceof Date ? moment.toISOString() : moment);
    }
  }
  if (options.limit !== undefined) query.set('limit', String(options.limit));
  if (options.before !== undefined) query.set('before', options.before);
  return query;
}

export function usagePageOf(answer: Answer): GatewayUsagePage {
  const page = new WireReader(answer, 'usage');
  const total = page.object('total');
  return {
    data: page.objects('data').map((entry) => entryOf(answer, entry)),
    hasMore: page.boolean('has_more'),
    nextBefore: page.optionalString('next_before') ?? null,
    total: { requests: total.number('requests'), costUsd: total.number('cost') },
    balanceCents: page.optionalNumber('balance_cents') ?? null,
  };
}

function entryOf(answer: Answer, entry: WireReader): GatewayUsageEntry {
  const cost = costOf(entry.all());
  if (cost === null) throw unreadable(answer, 'usage');
  return {
    generationId: entry.string('generation_id'),
    chargedAt: entry.string('charged_at'),
    model: entry.string('model'),
    provider: entry.string('provider'),
    keyId: entry.string('key_id'),
    clientId: entry.optionalString('client_id') ?? null,
    outcome: entry.string('outcome'),
    // Classes of tokens are data, not names, and stay as they are.
    usage: entry.raw('usage') as Readonly<Record<string, number>>,
    cost,
  };
}
