import { apiErrorOf } from './api-error.js';
import { bootstrapOf, type GatewayBootstrap, type GatewayBootstrapOptions } from './bootstrap.js';
import { snakeCased } from './casing.js';
import { catalogOf, catalogQuery, type GatewayCatalog, type GatewayModelQuery } from './catalog.js';
import type { GatewayChatCompletionRequest } from './chat-types.js';
import {
  complete,
  isEventStream,
  streamed,
  type ChatAttempt,
  type GatewayChatCompletionResult,
  type GatewayChatCompletionStreamResult,
} from './chat.js';
import { GatewayArgumentError } from './errors.js';
import { generationOf, type GatewayGeneration } from './generation.js';
import {
  headOf,
  open,
  read,
  send,
  unreadable,
  type Answer,
  type GatewayRequestOptions,
  type Outgoing,
} from './http.js';
import { randomText } from './pkce.js';
import {
  portalBody,
  portalSessionOf,
  portalStateOf,
  portalStatesOf,
  watchPortal,
  type GatewayPortalSession,
  type GatewayPortalState,
} from './portal.js';
import {
  quoteOf,
  type GatewayQuote,
  type GatewayQuoteOptions,
  type GatewayQuoteRequest,
} from './quote.js';
import type { GatewayPortalOptions, RecoveryInstruction } from './recovery.js';
import {
  persevere,
  type GatewayAttempt,
  type GatewayWaitForUser,
  type PortalDoor,
} from './resume.js';
import { statusOf, type GatewayStatus } from './status.js';
import { usagePageOf, usageQuery, type GatewayUsagePage, type GatewayUsageQuery } from './usage.js';

/** Options of {@link ArdaGateway}. */
export interface ArdaGatewayOptions extends Pick<GatewayRequestOptions, 'baseUrl' | 'fetch'> {
  /** The user's key, `gw_sk_…`. */
  apiKey: string;
}

/** Options of each of its calls. */
export type GatewayCallOptions = Pick<GatewayRequestOptions, 'signal'>;

/** Options of the chat calls. */
export interface GatewayChatOptions extends GatewayCallOptions {
  /**
   * Your own name for this request, for retries of your own: the same key and request are answered
   * and paid once. One is made by itself for calls that wait for the user.
   */
  idempotencyKey?: string | undefined;
  /**
   * How often a refusal that passes by itself (429, 503) is waited for, as long as `Retry-After`
   * says; 2 when absent, 0 for never. A request that may have been answered is never sent again.
   */
  maxRetries?: number | undefined;
  /**
   * Instead of throwing what only the user can end, opens the billing portal, waits, and sends the
   * same request again.
   */
  waitForUser?: GatewayWaitForUser | undefined;
}

/** Options of {@link ArdaGateway.resumeWhenFunded}. */
export interface GatewayResumeOptions extends GatewayWaitForUser {
  /** The key of all attempts; a random one when absent. */
  idempotencyKey?: string | undefined;
  /** Ends the wait; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

const RETRIES_DEFAULT = 2;

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
   * All that an app wants to know before it begins, in one round trip: the billing decision, what to
   * do about it, account, catalog, a picker's options with their prices, and `arda/auto`.
   */
  async getEmbeddedAppBootstrap(
    options: GatewayBootstrapOptions = {},
    call: GatewayCallOptions = {},
  ): Promise<GatewayBootstrap> {
    const { billing, models } = options;
    const json = snakeCased({ billing, models });
    return bootstrapOf(await this.#post('/v1/gateway/bootstrap', json, call));
  }

  /** Who pays, what is left, and what this key may do. Needs the scope `balance:read`. */
  async getStatus(options: GatewayCallOptions = {}): Promise<GatewayStatus> {
    return statusOf(await this.#get('/v1/gateway/status', undefined, options));
  }

  /**
   * The models with the prices that this key's user pays, as the wire has them (snake_case). Needs
   * the scope `models:read`.
   */
  async getCatalog(
    query: GatewayModelQuery = {},
    options: GatewayCallOptions = {},
  ): Promise<GatewayCatalog> {
    return catalogOf(await this.#get('/v1/gateway/catalog', catalogQuery(query), options));
  }

  /**
   * A link to the user's billing portal, at the page where they can act. Send the user there; it
   * charges nothing and signs nobody in. Needs the scope `billing:portal`.
   */
  async createPortalSession(
    portal: Partial<GatewayPortalOptions> = {},
    options: GatewayCallOptions = {},
  ): Promise<GatewayPortalSession> {
    const path = '/v1/gateway/portal-sessions';
    return portalSessionOf(await this.#post(path, portalBody(portal), options));
  }

  /** The link that a recovery asks for; null when it asks for none. */
  async createPortalSessionForRecovery(
    recovery: RecoveryInstruction,
    options: GatewayCallOptions = {},
  ): Promise<GatewayPortalSession | null> {
    if (recovery.action !== 'open_portal') return null;
    return this.createPortalSession(recovery.portalOptions, options);
  }

  /** What became of a portal session, for a day after it was made. */
  async getPortalSession(
    id: string,
    options: GatewayCallOptions = {},
  ): Promise<GatewayPortalState> {
    return portalStateOf(await this.#get(portalPath(id), undefined, options));
  }

  /**
   * Resolves when the user has done what the portal was opened for, or has left it: look at
   * `shouldRetry`. Survives lost connections; give it a `signal` that ends it.
   */
  async waitForPortalSession(
    id: string,
    options: GatewayCallOptions = {},
  ): Promise<GatewayPortalState> {
    const signal = options.signal ?? new AbortController().signal;
    return watchPortal(
      {
        find: () => this.getPortalSession(id, { signal }),
        changes: (round) => this.#portalChanges(id, round),
      },
      signal,
    );
  }

  /**
   * Route, expected cost and upper bound of a request, without running it. Needs the scope
   * `models:read`.
   */
  async quote(
    request: GatewayQuoteRequest,
    options: GatewayQuoteOptions & GatewayCallOptions = {},
  ): Promise<GatewayQuote> {
    const query = new URLSearchParams();
    if (options.endpoint !== undefined) query.set('endpoint', options.endpoint);
    if (options.outputTokens !== undefined) query.set('output_tokens', `${options.outputTokens}`);
    const path = '/v1/gateway/quote';
    return quoteOf(await this.#call({ method: 'POST', path, query, json: request }, options));
  }

  /**
   * A chat completion, and what its headers and its usage say. Members of the request that this
   * package does not know are sent as they are.
   *
   * @throws {@link GatewayApiError}; give it to evaluateGatewayInferenceRecovery.
   * @throws {@link GatewayUserWaitError} when it waited for the user in vain.
   */
  async createChatCompletionWithMetadata<Request extends GatewayChatCompletionRequest>(
    request: Request,
    options: GatewayChatOptions = {},
  ): Promise<GatewayChatCompletionResult> {
    return this.#chat((attempt) => complete(request, attempt), options);
  }

  /**
   * The same, piece by piece. What the headers say is there at once; usage, cost and balance are in
   * `final`. Ending the loop aborts the request.
   *
   * @throws {@link GatewayApiError} before the first piece, or out of the loop.
   * @throws {@link GatewayUserWaitError} when it waited for the user in vain.
   */
  async createChatCompletionStreamWithMetadata<Request extends GatewayChatCompletionRequest>(
    request: Request,
    options: GatewayChatOptions = {},
  ): Promise<GatewayChatCompletionStreamResult> {
    return this.#chat((attempt) => streamed(request, attempt), options);
  }

  /**
   * Runs a request of any client, and when it is refused for what only the user can end, opens the
   * portal, waits, and runs it again. Hand its idempotency key on as the header `Idempotency-Key`.
   *
   * @throws {@link GatewayUserWaitError} when it waited in vain; every other error as it comes.
   */
  async resumeWhenFunded<T>(
    act: (attempt: GatewayAttempt) => Promise<T>,
    options: GatewayResumeOptions,
  ): Promise<T> {
    const idempotencyKey = options.idempotencyKey ?? randomText();
    return persevere(
      (signal) => act({ idempotencyKey, signal }),
      { maxRetries: 0, signal: options.signal, waitForUser: options },
      this.#portalDoor,
    );
  }

  /**
   * What this key's app has used; of a user's own key, what the whole project has. Newest first.
   * Needs the scope `usage:read`.
   */
  async listUsage(
    query: GatewayUsageQuery = {},
    options: GatewayCallOptions = {},
  ): Promise<GatewayUsagePage> {
    return usagePageOf(await this.#get('/v1/gateway/usage', usageQuery(query), options));
  }

  /**
   * The signed receipt of one request; its id is in `X-Arda-Generation-Id` of the answer. Needs
   * the scope `usage:read`.
   *
   * @throws {@link GatewayApiError} such as `insufficient_scope` or `not_found`.
   */
  async getGeneration(id: string, options: GatewayCallOptions = {}): Promise<GatewayGeneration> {
    const path = `/v1/gateway/generations/${encodeURIComponent(id)}`;
    return generationOf(await this.#get(path, undefined, options));
  }

  /**
   * Puts an end to this key, as when the user signs out or the key leaked. When it resolves, every
   * node refuses the key, and this client with it.
   */
  async revoke(options: GatewayCallOptions = {}): Promise<void> {
    await this.#call({ method: 'POST', path: '/v1/keys/self/revoke' }, options);
  }

  #get(
    path: string,
    query: URLSearchParams | undefined,
    options: GatewayCallOptions,
  ): Promise<Answer> {
    return this.#call({ method: 'GET', path, ...(query ? { query } : {}) }, options);
  }

  #post(path: string, json: unknown, options: GatewayCallOptions): Promise<Answer> {
    return this.#call({ method: 'POST', path, json }, options);
  }

  async #call(out: Outgoing, options: GatewayCallOptions): Promise<Answer> {
    const how = this.#how(options.signal);
    const answer = await send(how, { ...out, authorization: how.authorization });
    if (!answer.ok) throw apiErrorOf(answer);
    return answer;
  }

  #how(signal: AbortSignal | undefined): ChatAttempt {
    const { apiKey, baseUrl, fetch } = this.#options;
    const authorization = `Bearer ${apiKey}`;
    return { baseUrl, fetch, signal, authorization, idempotencyKey: undefined };
  }

  #chat<T>(act: (attempt: ChatAttempt) => Promise<T>, options: GatewayChatOptions): Promise<T> {
    const { maxRetries = RETRIES_DEFAULT, waitForUser } = options;
    const idempotencyKey =
      options.idempotencyKey ?? (waitForUser === undefined ? undefined : randomText());
    return persevere(
      (signal) => act({ ...this.#how(signal), idempotencyKey }),
      { maxRetries, signal: options.signal, waitForUser },
      this.#portalDoor,
    );
  }

  readonly #portalDoor: PortalDoor = {
    open: (recovery, signal) => this.createPortalSession(recovery.portalOptions, { signal }),
    wait: (id, signal) => this.waitForPortalSession(id, { signal }),
  };

  async *#portalChanges(id: string, signal: AbortSignal): AsyncGenerator<GatewayPortalState> {
    const path = `${portalPath(id)}/events`;
    const how = this.#how(signal);
    const { authorization } = how;
    const response = await open(how, {
      method: 'GET',
      path,
      accept: 'text/event-stream',
      authorization,
    });
    if (!response.ok) throw apiErrorOf(await read(response, how));
    if (!isEventStream(response)) throw unreadable(headOf(response), 'a stream of events');
    yield* portalStatesOf(response);
  }
}

function portalPath(id: string): string {
  return `/v1/gateway/portal-sessions/${encodeURIComponent(id)}`;
}
