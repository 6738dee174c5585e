// A server that keeps its users' keys, and asks in their name. The confidential app's secret, the
// verifier and the keys never leave it.
//   node server.ts, then open http://127.0.0.1:5174
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  createGatewayOAuthAuthorizationUrl,
  evaluateGatewayInferenceRecovery,
  exchangeGatewayOAuthCode,
  parseGatewayOAuthCallback,
  type ArdaGateway,
  type GatewayOAuthAuthorization,
} from '@arda/gateway-sdk';
import { baseUrl, confidential } from './demo.ts';

const port = Number(process.env['PORT'] ?? 5174);
const home = `http://127.0.0.1:${port}`;
const app = { baseUrl, ...confidential, redirectUri: `${home}/callback` };

/** What a session knows; a real server keeps it in its database, the key encrypted. */
interface Session {
  auth?: GatewayOAuthAuthorization;
  gateway?: ArdaGateway;
}
const sessions = new Map<string, Session>();

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.writeHead(500).end('Something went wrong; start again.');
  });
});
server.listen(port, '127.0.0.1', () => console.log(`Open ${home}`));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', home);
  const session = sessionOf(request, response);
  if (url.pathname === '/connect') {
    session.auth = await createGatewayOAuthAuthorizationUrl(app);
    response.writeHead(303, { location: session.auth.url }).end();
  } else if (url.pathname === '/callback' && session.auth) {
    const { codeVerifier, state } = session.auth;
    delete session.auth;
    const { code } = parseGatewayOAuthCallback(url, { baseUrl, state });
    const connected = await exchangeGatewayOAuthCode({ ...app, code, codeVerifier });
    session.gateway = connected.gateway;
    response.writeHead(303, { location: '/ask' }).end();
  } else if (url.pathname === '/ask' && session.gateway) {
    await ask(session.gateway, url.searchParams.get('q') ?? 'Hello', response);
  } else {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end('<!doctype html><title>Server</title><a href="/connect">Connect with Arda</a>');
  }
}

async function ask(gateway: ArdaGateway, content: string, response: ServerResponse): Promise<void> {
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  try {
    const result = await gateway.createChatCompletionWithMetadata({
      model: 'arda/auto',
      messages: [{ role: 'user', content }],
    });
    response.end(`${result.completion.choices[0]?.message.content}\n`);
  } catch (error) {
    const recovery = evaluateGatewayInferenceRecovery(error);
    const portal = await gateway.createPortalSessionForRecovery(recovery);
    if (portal === null) throw error;
    response.writeHead(303, { location: portal.url }).end();
  }
}

function sessionOf(request: IncomingMessage, response: ServerResponse): Session {
  const known = /\bsession=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
  const id = sessions.has(known) ? known : crypto.randomUUID();
  response.setHeader('set-cookie', `session=${id}; HttpOnly; SameSite=Lax; Path=/`);
  const session = sessions.get(id) ?? {};
  sessions.set(id, session);
  return session;
}
