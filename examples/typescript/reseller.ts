// An app that earns a markup: it says what it adds before anybody connects, shows each model at the
// price that the user pays, and brings the user to the portal when the balance does not suffice.
//   node reseller.ts "Fix this failing test"
import {
  buildGatewayInferenceSelection,
  evaluateGatewayBalanceRecovery,
  getGatewayOAuthAuthorizeInfo,
  startGatewayDeviceAuthorization,
  waitForGatewayDeviceAuthorization,
  type GatewayPortalSession,
} from '@arda/gateway-sdk';
import { baseUrl, clientId } from './demo.ts';

const returnUrl = 'myapp://billing/complete';

const info = await getGatewayOAuthAuthorizeInfo({
  baseUrl,
  clientId,
  redirectUri: 'myapp://oauth/callback',
});
console.log(info.name, '-', info.reseller.disclosure);

const device = await startGatewayDeviceAuthorization({ baseUrl, clientId });
console.log(`Open ${device.verificationUri} and enter ${device.userCode}`);
const { gateway } = await waitForGatewayDeviceAuthorization({ baseUrl, clientId, ...device });

const bootstrap = await gateway.getEmbeddedAppBootstrap({
  billing: { minimumBalanceCents: 100, returnUrl },
  models: { types: 'language', usage: { inputTokens: 5_000, outputTokens: 1_000 } },
});
if (bootstrap.billing.action === 'reconnect') {
  throw new Error(`Reconnect with scopes: ${bootstrap.billing.missingScopes.join(' ')}`);
}
for (const option of bootstrap.modelOptions.slice(0, 5)) console.log(option.disclosure);
const advance = await gateway.createPortalSessionForRecovery(bootstrap.recoveryInstruction);
if (advance !== null) show(advance);

const request = {
  ...buildGatewayInferenceSelection({
    model: bootstrap.autoRouteOption ?? bootstrap.defaultModelOption ?? 'arda/auto',
    autoRoute: bootstrap.autoRoute,
    routing: { mode: 'cheap', intent: 'coding' },
  }),
  messages: [{ role: 'user' as const, content: process.argv[2] ?? 'Fix this failing test' }],
  max_tokens: 500,
};
const quote = await gateway.quote(request);
console.log(`This will cost about $${quote.expected.cost.totalUsd.toFixed(6)}.`);

const { topupAmountsCents } = bootstrap.status;
const result = await gateway.createChatCompletionWithMetadata(request, {
  waitForUser: { openPortal: show, returnUrl, topupAmountsCents, timeoutMs: 10 * 60 * 1000 },
});
console.log(result.completion.choices[0]?.message.content);
const { cost } = result;
console.log(
  `$${cost?.totalUsd.toFixed(6)}, of which $${cost?.resellerMarkupUsd.toFixed(6)} is ours.`,
);

// Before the next request fails: is the balance getting low?
const balance = evaluateGatewayBalanceRecovery(result.balance, { topupAmountsCents, returnUrl });
const refill = await gateway.createPortalSessionForRecovery(balance);
if (refill !== null) show(refill);
await gateway.revoke();

function show(portal: GatewayPortalSession): void {
  console.log(`Top up at ${portal.url}`);
}
