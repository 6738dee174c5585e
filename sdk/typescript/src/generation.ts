import type { Answer } from './http.js';
import { WireReader } from './wire.js';

/** The account of one settled request. Amounts are decimal texts of nano-dollars, exact. */
export interface GatewayReceipt {
  id: string;
  project: string;
  key: string;
  /** The app's connection that paid; null for a key that the user made. */
  connection: string | null;
  app: string | null;
  model: string;
  provider: string;
  upstreamRequestId: string | null;
  startedAt: string;
  chargedAt: string;
  outcome: string;
  usageSource: string;
  /** Token counts by class, as they are signed. */
  usage: Readonly<Record<string, unknown>>;
  priceVersion: string;
  /** Unit prices, as they are signed. */
  unitPrices: Readonly<Record<string, unknown>>;
  currency: string;
  /** The provider's price. */
  baseNanoUsd: string;
  /** What the gateway's operator adds. */
  gatewayMarkupNanoUsd: string;
  gatewayMarkupBps: number;
  /** What the app's owner adds. */
  resellerMarkupNanoUsd: string;
  resellerMarkupBps: number;
  /** What the user was charged. */
  totalNanoUsd: string;
  paidNanoUsd: string;
  promoNanoUsd: string;
  /** Used and not charged: the operator took it over. */
  absorbedNanoUsd: string;
  holdNanoUsd: string;
  /** What was asked, what was chosen and why, as it is signed. */
  route: Readonly<Record<string, unknown>>;
}

/** A receipt with its signature. */
export interface GatewayGeneration {
  receipt: GatewayReceipt;
  /**
   * Compact JWS (RFC 7515) over the receipt's exact bytes; the public keys are at
   * `/v1/gateway/receipt-keys`.
   */
  jws: string;
}

export function generationOf(answer: Answer): GatewayGeneration {
  const generation = new WireReader(answer, 'a receipt');
  return {
    receipt: receiptOf(generation.object('receipt')),
    jws: generation.string('jws'),
  };
}

function receiptOf(receipt: WireReader): GatewayReceipt {
  return {
    id: receipt.string('id'),
    project: receipt.string('project'),
    key: receipt.string('key'),
    connection: receipt.optionalString('connection') ?? null,
    app: receipt.optionalString('app') ?? null,
    model: receipt.string('model'),
    provider: receipt.string('provider'),
    upstreamRequestId: receipt.optionalString('upstream_request_id') ?? null,
    startedAt: receipt.string('started_at'),
    chargedAt: receipt.string('charged_at'),
    outcome: receipt.string('outcome'),
    usageSource: receipt.string('usage_source'),
    usage: receipt.raw('usage'),
    priceVersion: receipt.string('price_version'),
    unitPrices: receipt.raw('unit_prices'),
    currency: receipt.string('currency'),
    baseNanoUsd: receipt.string('base_nano_usd'),
    gatewayMarkupNanoUsd: receipt.string('gateway_markup_nano_usd'),
    gatewayMarkupBps: receipt.number('gateway_markup_bps'),
    resellerMarkupNanoUsd: receipt.string('reseller_markup_nano_usd'),
    resellerMarkupBps: receipt.number('reseller_markup_bps'),
    totalNanoUsd: receipt.string('total_nano_usd'),
    paidNanoUsd: receipt.string('paid_nano_usd'),
    promoNanoUsd: receipt.string('promo_nano_usd'),
    absorbedNanoUsd: receipt.string('absorbed_nano_usd'),
    holdNanoUsd: receipt.string('hold_nano_usd'),
    route: receipt.raw('route'),
  };
}
