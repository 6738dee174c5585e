// Connects users with the compiled TypeScript SDK. What a person does in a browser is asked for on
// standard output, one JSON line each, and answered on standard input, one line each.
//   {"authorize": url}  →  the URL that the browser was sent back to
//   {"allow": userCode} or {"deny": userCode}  →  anything, when it is done
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import * as sdk from '../../sdk/typescript/dist/esm/index.js';

const { issuer, ...app } = JSON.parse(process.env.ARDA_CONNECT);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function person(wish) {
  process.stdout.write(`${JSON.stringify(wish)}\n`);
  const { value, done } = await lines.next();
  assert.ok(!done, 'nobody answers any more');
  return value;
}

async function thrownBy(promise) {
  const error = await promise.then(
    () => null,
    (thrown) => thrown,
  );
  assert.ok(error, 'nothing was thrown');
  return error;
}

async function works(connected) {
  const answer = await fetch(`${app.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${connected.apiKey}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({
      model: 'arda/auto',
      messages: [{ role: 'user', content: 'Hello' }],
    }),
  });
  assert.equal(answer.status, 200, await answer.text());
  const id = answer.headers.get('x-arda-generation-id');
  const { receipt } = await connected.gateway.getGeneration(id);
  assert.equal(receipt.app, app.clientId);
  assert.equal(receipt.project, connected.project.id);
}

async function byCode() {
  const scopes = ['openid', 'inference', 'usage:read'];
  const info = await sdk.getGatewayOAuthAuthorizeInfo({ ...app, scopes });
  assert.equal(info.clientId, app.clientId);
  assert.equal(info.status, 'approved');
  assert.deepEqual(info.scopes.map((scope) => scope.name).sort(), [...scopes].sort());
  assert.ok(info.reseller.disclosure.length > 0);

  const ask = { ...app, baseUrl: issuer, scopes, nonce: 'n-0S6_WzA2Mj' };
  const auth = await sdk.createGatewayOAuthAuthorizationUrl(ask);
  const back = await person({ authorize: auth.url });
  const { code } = sdk.parseGatewayOAuthCallback(back, { baseUrl: issuer, state: auth.state });
  const redeem = { ...app, code, codeVerifier: auth.codeVerifier, nonce: ask.nonce };

  const wrong = await thrownBy(
    sdk.exchangeGatewayOAuthCode({ ...redeem, codeVerifier: 'w'.repeat(43) }),
  );
  assert.equal(wrong.error, 'invalid_grant');
  assert.match(wrong.requestId, /^req_/);

  const connected = await sdk.exchangeGatewayOAuthCode(redeem);
  assert.match(connected.apiKey, /^gw_sk_[0-9A-Za-z]{49}$/);
  assert.deepEqual([...connected.scopes].sort(), [...scopes].sort());
  assert.equal(connected.idToken.split('.').length, 3);
  await works(connected);
  await connected.gateway.revoke();
  assert.equal((await thrownBy(connected.gateway.revoke())).code, 'key_revoked');
  assert.equal((await thrownBy(sdk.exchangeGatewayOAuthCode(redeem))).error, 'invalid_grant');
}

async function byDevice() {
  const scopes = ['inference', 'usage:read'];
  const device = await sdk.startGatewayDeviceAuthorization({ ...app, scopes });
  assert.equal(device.verificationUri, `${issuer}/connect`);
  const poll = { ...app, deviceCode: device.deviceCode, interval: device.interval };
  assert.deepEqual(await sdk.pollGatewayDeviceAuthorization(poll), {
    status: 'pending',
    interval: 5,
  });
  const hasty = await sdk.pollGatewayDeviceAuthorization(poll);
  assert.deepEqual(hasty, { status: 'pending', interval: 10 });
  await person({ allow: device.userCode });
  const connected = await sdk.waitForGatewayDeviceAuthorization({ ...poll, interval: 0 });
  assert.equal(connected.status, 'connected');
  await works(connected);
  await connected.gateway.revoke();

  const second = await sdk.startGatewayDeviceAuthorization({ ...app, scopes });
  await person({ deny: second.userCode });
  const denied = await thrownBy(
    sdk.pollGatewayDeviceAuthorization({ ...app, deviceCode: second.deviceCode }),
  );
  assert.ok(denied instanceof sdk.GatewayAccessDeniedError, String(denied));
}

async function refusals() {
  const elsewhere = { ...app, redirectUri: 'https://elsewhere.example/cb' };
  const redirect = await thrownBy(sdk.getGatewayOAuthAuthorizeInfo(elsewhere));
  assert.equal(redirect.error, 'invalid_redirect_uri');
  const nobody = { ...app, clientId: 'gw_app_nobody' };
  assert.equal((await thrownBy(sdk.getGatewayOAuthAuthorizeInfo(nobody))).status, 404);
  const start = await thrownBy(sdk.startGatewayDeviceAuthorization(nobody));
  assert.equal(start.error, 'invalid_client');
  assert.equal(start.status, 401);
  const scopes = ['admin'];
  const scope = await thrownBy(sdk.startGatewayDeviceAuthorization({ ...app, scopes }));
  assert.equal(scope.error, 'invalid_scope');
  const poll = sdk.pollGatewayDeviceAuthorization({ ...app, deviceCode: 'gw_dc_nobody' });
  assert.equal((await thrownBy(poll)).error, 'invalid_grant');
}

try {
  await byCode();
  await byDevice();
  await refusals();
  process.stdout.write('{"done":true}\n');
} catch (error) {
  process.stdout.write(`${JSON.stringify({ error: error?.stack ?? String(error) })}\n`);
}
process.exit(0);
