/**
 * Connect a user's own Arda account to your app, and call the gateway with the key that the app
 * then holds: OAuth 2.1 with PKCE (RFC 6749, RFC 7636, RFC 9207) and device codes (RFC 8628).
 *
 * @packageDocumentation
 */
export {
  parseGatewayOAuthCallback,
  type GatewayOAuthCallback,
  type ParseGatewayOAuthCallbackOptions,
} from './callback.js';
export {
  ArdaGateway,
  type ArdaGatewayOptions,
  type GatewayCallOptions,
  type GatewayGeneration,
  type GatewayReceipt,
} from './client.js';
export {
  type GatewayClientOptions,
  type GatewayConnection,
  type GatewayProject,
} from './connection.js';
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
export { type GatewayFetch, type GatewayRequestOptions } from './http.js';
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
  evaluateGatewayBalanceRecovery,
  evaluateGatewayInferenceRecovery,
  type GatewayBalance,
  type GatewayBalanceRecoveryOptions,
  type GatewayInferenceRecoveryOptions,
  type GatewayPortalOptions,
  type GatewayRecoveryFacts,
  type RecoveryInstruction,
} from './recovery.js';
