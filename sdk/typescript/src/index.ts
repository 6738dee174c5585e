/**
 * Connect a user's own Arda account to your app, and call the gateway with the key that the app
 * then holds: OAuth 2.1 with PKCE (RFC 6749, RFC 7636, RFC 9207) and device codes (RFC 8628), chat
 * with what it costs, and the way out when the user's balance needs attention.
 *
 * @packageDocumentation
 */
export {
  parseGatewayOAuthCallback,
  type GatewayOAuthCallback,
  type ParseGatewayOAuthCallbackOptions,
} from './callback.js';
export {
  type GatewayBillingDecision,
  type GatewayBillingWish,
  type GatewayBootstrap,
  type GatewayBootstrapOptions,
  type GatewayEstimate,
  type GatewayModelOption,
} from './bootstrap.js';
export {
  type GatewayCatalog,
  type GatewayCatalogAutoRoute,
  type GatewayCatalogEstimate,
  type GatewayCatalogModel,
  type GatewayCatalogPricingContext,
  type GatewayModelQuery,
} from './catalog.js';
export {
  type GatewayChatCompletionResult,
  type GatewayChatCompletionStreamResult,
} from './chat.js';
export { type GatewayChatStreamEnd } from './chat-stream.js';
export * from './chat-types.js';
export {
  ArdaGateway,
  type ArdaGatewayOptions,
  type GatewayCallOptions,
  type GatewayChatOptions,
  type GatewayResumeOptions,
} from './client.js';
export { type GatewayClientOptions, type GatewayConnection } from './connection.js';
export {
  pollGatewayDeviceAuthorization,
  startGatewayDeviceAuthorization,
  waitForGatewayDeviceAuthorization,
  type GatewayDeviceAuthorization,
  type GatewayDeviceConnected,
  type GatewayDevicePending,
  type GatewayDevicePoll,
  type PollGatewayDeviceAuthorizationOptions,
  type StartGatewayDeviceAuthorizationOptions,
  type WaitForGatewayDeviceAuthorizationOptions,
} from './device.js';
export * from './errors.js';
export { type GatewayGeneration, type GatewayReceipt } from './generation.js';
export { type GatewayFetch, type GatewayRequestOptions } from './http.js';
export {
  type GatewayAnswerMetadata,
  type GatewayCost,
  type GatewayRateLimit,
  type GatewayRoutingChoice,
} from './metadata.js';
export {
  buildGatewayInferenceSelection,
  type BuildGatewayInferenceSelectionOptions,
  type GatewayAutoRoute,
  type GatewayInferenceSelection,
  type GatewayModelChoice,
  type GatewayRouting,
  type GatewayRoutingIntent,
  type GatewayRoutingMode,
} from './models.js';
export {
  createGatewayOAuthAuthorizationUrl,
  exchangeGatewayOAuthCode,
  getGatewayOAuthAuthorizeInfo,
  type CreateGatewayOAuthAuthorizationUrlOptions,
  type ExchangeGatewayOAuthCodeOptions,
  type GatewayOAuthAuthorization,
  type GatewayOAuthAuthorizeInfo,
  type GatewayScope,
  type GatewayScopeInfo,
  type GetGatewayOAuthAuthorizeInfoOptions,
} from './oauth.js';
export {
  type GatewayPortalSession,
  type GatewayPortalState,
  type GatewayPortalStatus,
} from './portal.js';
export { type GatewayProject } from './project.js';
export {
  type GatewayQuote,
  type GatewayQuoteAmount,
  type GatewayQuoteOptions,
  type GatewayQuoteRequest,
  type GatewayQuoteRoute,
  type GatewayRouteCandidate,
} from './quote.js';
export {
  evaluateGatewayBalanceRecovery,
  evaluateGatewayInferenceRecovery,
  type GatewayBalance,
  type GatewayBalanceRecoveryOptions,
  type GatewayInferenceRecoveryOptions,
  type GatewayPortalOptions,
  type GatewayPortalPurpose,
  type GatewayRecoveryFacts,
  type RecoveryInstruction,
} from './recovery.js';
export {
  type GatewayAttempt,
  type GatewayPortalInstruction,
  type GatewayWaitForUser,
} from './resume.js';
export {
  type GatewayAutoReload,
  type GatewayMarkup,
  type GatewaySavedPaymentMethod,
  type GatewayStatus,
  type GatewayStatusApp,
  type GatewayStatusProject,
} from './status.js';
export { type GatewayUsageEntry, type GatewayUsagePage, type GatewayUsageQuery } from './usage.js';
