// openid-client and oauth4webapi, unmodified, through every flow. A person's part is played by the
// test, which listens at world.person.
import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';

const REDIRECT = 'http://127.0.0.1:5517/callback';
const SCOPE = 'openid email inference';
const insecure = { [oauth.allowInsecureRequests]: true };

const ask = async (world, path) => {
  const response = await fetch(world.person + path);
  assert.equal(response.status, 200, await response.clone().text());
  return response.text();
};
const consent = (world, url, answer = 'allow') =>
  ask(world, `/consent?answer=${answer}&url=${encodeURIComponent(url.href)}`).then((to) => new URL(to));

const clients = {
  public: (world) => [world.open.id, openid.None(), oauth.None()],
  basic: (world) => [
    world.closed.id,
    openid.ClientSecretBasic(world.closed.secret),
    oauth.ClientSecretBasic(world.closed.secret),
  ],
  post: (world) => [
    world.closed.id,
    openid.ClientSecretPost(world.closed.secret),
    oauth.ClientSecretPost(world.closed.secret),
  ],
};

const discover = async (world, kind) => {
  const [id, auth] = clients[kind](world);
  const config = await openid.discovery(new URL(world.issuer), id, undefined, auth, {
    execute: [openid.allowInsecureRequests, openid.enableNonRepudiationChecks],
  });
  assert.equal(config.serverMetadata().supportsPKCE(), true);
  return config;
};

const openidCode = async (world, config) => {
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: SCOPE,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  return openid.authorizationCodeGrant(config, await consent(world, url), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
};

const openidUse = async (config, tokens, isConfidential) => {
  const who = await openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub);
  assert.match(who.email, /@example\.com$/);
  if (isConfidential) {
    const state = await openid.tokenIntrospection(config, tokens.access_token);
    assert.deepEqual([state.active, state.scope], [true, 'inference openid email']);
  }
  await openid.tokenRevocation(config, tokens.access_token);
  if (isConfidential) {
    assert.equal((await openid.tokenIntrospection(config, tokens.access_token)).active, false);
  }
  await assert.rejects(openid.fetchUserInfo(config, tokens.access_token, tokens.claims().sub));
};

const oauthServer = async (world) => {
  const issuer = new URL(world.issuer);
  const answer = await oauth.discoveryRequest(issuer, { ...insecure, algorithm: 'oauth2' });
  return oauth.processDiscoveryResponse(issuer, answer);
};

const oauthCode = async (world, as, client, auth) => {
  const verifier = oauth.generateRandomCodeVerifier();
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()];
  const url = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries({
    client_id: client.client_id,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  })) {
    url.searchParams.set(name, value);
  }
  const params = oauth.validateAuthResponse(as, client, await consent(world, url), state);
  const answer = await oauth.authorizationCodeGrantRequest(
    as,
    client,
    auth,
    params,
    REDIRECT,
    verifier,
    insecure,
  );
  const tokens = await oauth.processAuthorizationCodeResponse(as, client, answer, {
    expectedNonce: nonce,
    requireIdToken: true,
  });
  await oauth.validateApplicationLevelSignature(as, answer, insecure);
  return tokens;
};

const oauthUse = async (as, client, auth, tokens, isConfidential) => {
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  const who = await oauth.userInfoRequest(as, client, tokens.access_token, insecure);
  assert.equal((await oauth.processUserInfoResponse(as, client, sub, who)).sub, sub);
  if (isConfidential) {
    const asked = await oauth.introspectionRequest(as, client, auth, tokens.access_token, insecure);
    assert.equal((await oauth.processIntrospectionResponse(as, client, asked)).active, true);
  }
  const ended = await oauth.revocationRequest(as, client, auth, tokens.access_token, insecure);
  await oauth.processRevocationResponse(ended);
};

const cases = [];
const on = (client, name, run) => cases.push({ client, upstream: 'gateway', name, run });

for (const kind of Object.keys(clients)) {
  const isConfidential = kind !== 'public';
  on('openid-client', `code, ${kind}`, async (world) => {
    const config = await discover(world, kind);
    const tokens = await openidCode(world, config);
    assert.match(tokens.access_token, /^gw_sk_[0-9A-Za-z]{49}$/);
    assert.equal(tokens.refresh_token, undefined);
    await openidUse(config, tokens, isConfidential);
  });

  on('openid-client', `device code, ${kind}`, async (world) => {
    const config = await discover(world, kind);
    const started = await openid.initiateDeviceAuthorization(config, { scope: SCOPE });
    await ask(world, `/device?user_code=${started.user_code}`);
    const tokens = await openid.pollDeviceAuthorizationGrant(config, started);
    await openidUse(config, tokens, isConfidential);
  });

  on('oauth4webapi', `code, ${kind}`, async (world) => {
    const as = await oauthServer(world);
    const [client_id, , auth] = clients[kind](world);
    const tokens = await oauthCode(world, as, { client_id }, auth);
    await oauthUse(as, { client_id }, auth, tokens, isConfidential);
  });

  on('oauth4webapi', `device code, ${kind}`, async (world) => {
    const as = await oauthServer(world);
    const [client_id, , auth] = clients[kind](world);
    const client = { client_id };
    const began = await oauth.deviceAuthorizationRequest(
      as,
      client,
      auth,
      new URLSearchParams({ scope: SCOPE }),
      insecure,
    );
    const started = await oauth.processDeviceAuthorizationResponse(as, client, began);
    const poll = async () => {
      const polled = await oauth.deviceCodeGrantRequest(
        as,
        client,
        auth,
        started.device_code,
        insecure,
      );
      return oauth.processDeviceCodeResponse(as, client, polled);
    };
    await assert.rejects(poll(), (error) => error.error === 'authorization_pending');
    await assert.rejects(poll(), (error) => error.error === 'slow_down');
    await ask(world, `/device?user_code=${started.user_code}`);
    await oauthUse(as, client, auth, await poll(), isConfidential);
  });
}

on('openid-client', 'a no is told as access_denied', async (world) => {
  const config = await discover(world, 'public');
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: REDIRECT,
    scope: SCOPE,
    code_challenge: await openid.calculatePKCECodeChallenge(openid.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
    prompt: 'consent',
  });
  const back = await consent(world, url, 'deny');
  await assert.rejects(
    openid.authorizationCodeGrant(config, back, {}),
    (error) => error.error === 'access_denied',
  );
});

on('openid-client', 'a wrong secret is told as invalid_client', async (world) => {
  const config = await openid.discovery(
    new URL(world.issuer),
    world.closed.id,
    undefined,
    openid.ClientSecretPost('wrong'),
    { execute: [openid.allowInsecureRequests] },
  );
  await assert.rejects(
    openid.initiateDeviceAuthorization(config, {}),
    (error) => error.error === 'invalid_client',
  );
});

on('openid-client', 'a warm client survives the rotation of keys', async (world) => {
  const config = await discover(world, 'public');
  const first = await openidCode(world, config);
  await ask(world, '/rotate');
  const during = await openidCode(world, config);
  // Two minutes later by the client's clock: it still trusts the set that it keeps, and meets a
  // key that is not in it.
  await ask(world, '/activate');
  const now = Date.now;
  Date.now = () => now() + 120_000;
  let after;
  try {
    after = await openidCode(world, config);
  } finally {
    Date.now = now;
  }
  const kid = (tokens) => JSON.parse(atob(tokens.id_token.split('.')[0])).kid;
  assert.equal(kid(first), kid(during));
  assert.notEqual(kid(first), kid(after));
});

export const suite = {
  cases,
  async run(world, print) {
    for (const { client, upstream, name, run } of cases) {
      const began = performance.now();
      let error = null;
      try {
        await run(world);
      } catch (thrown) {
        const cause = thrown?.cause ? `\ncause: ${JSON.stringify(thrown.cause)}` : '';
        error = `${thrown?.stack ?? thrown}${cause}`;
      }
      print({ client, upstream, name, ms: Math.round(performance.now() - began), error });
    }
  },
};
