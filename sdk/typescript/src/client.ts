import { apiErrorOf } from './api-error.js';
import { GatewayArgumentError } from './errors.js';
import { send, type Answer, type GatewayRequestOptions, type Outgoing } from './http.js';
import { WireReader } from './wire.js';

/** Options of {@link ArdaGateway}. */
export interface ArdaGatewayOptions extends Pick<GatewayRequestOptions, 'baseUrl' | 'fetch'> {
  /** The user's key, `gw_sk_…`. */
  apiKey: string;
}

/** Options of each of its calls. */
export type GatewayCallOptions = Pick<GatewayRequestOptions, 'signal'>;

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

/**
 * The gateway, called with one user's key. exchangeGatewayOAuthCode and
 * pollGatewayDeviceAuthorization answer one as `gateway`; make one yourself for a key that you kept.
 */
export class ArdaGateway {
  // Private, so that no log of this object shows the key.
  readonly #options: ArdaGatewayOptions;

  constructor(options: ArdaGatewayOptions) {
    if (!/^[\x21-\x7e]+$/.test(options.apiKey ?? '')) {
      throw new GatewayArgumentError('invalid_api_key', 'apiKey is a key such as gw_sk_….');
    }
    this.#options = { ...options };
  }

  /**
   * The signed receipt of one request; its id is in `X-Arda-Generation-Id` of the answer. Needs
   * the scope `usage:read`.
   *
   * @throws {@link GatewayApiError} such as `insufficient_scope` or `not_found`.
   */
  async getGeneration(id: string, options: GatewayCallOptions = {}): Promise<GatewayGeneration> {
    const path = `/v1/gateway/generations/${encodeURIComponent(id)}`;
    const answer = await this.#call({ method: 'GET', path }, options);
    const generation = new WireReader(answer, 'a receipt');
    return {
      receipt: receiptOf(generation.object('receipt')),
      jws: generation.string('jws'),
    };
  }

  /**
   * Puts an end to this key, as when the user signs out or the key leaked. When it resolves, every
   * node refuses the key, and this client with it.
   */
  async revoke(options: GatewayCallOptions = {}): Promise<void> {
    await this.#call({ method: 'POST', path: '/v1/keys/self/revoke' }, options);
  }

  async #call(out: Outgoing, options: GatewayCallOptions): Promise<Answer> {
    const { apiKey, baseUrl, fetch } = this.#options;
    const authorization = `Bearer ${apiKey}`;
    const answer = await send(
      { baseUrl, fetch, signal: options.signal },
      { ...out, authorization },
    );
    if (!answer.ok) throw apiErrorOf(answer);
    return answer;
  }
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
