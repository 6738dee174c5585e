import { camelized } from './casing.js';
import { GatewayApiError, type GatewayDenial, type GatewayError } from './errors.js';
import { isObject, retryAfterSecondsOf, unreadable, type Answer } from './http.js';

/** Reads the error body of `/v1/…`, which has OpenAI's shape plus a `gateway` member. */
export function apiErrorOf(answer: Answer, body = answer.json): GatewayError {
  const error = body?.['error'];
  if (!isObject(error)) return unreadable(answer, "a gateway's answer");
  const text = (name: string): string | undefined =>
    typeof error[name] === 'string' ? error[name] : undefined;
  const code = text('code') ?? text('type') ?? 'unknown';
  return new GatewayApiError(code, text('message') ?? `The gateway answered ${code}.`, {
    // An error inside a stream comes under the status of success, which says nothing.
    status: answer.ok ? undefined : answer.status,
    requestId: answer.requestId,
    type: text('type'),
    param: text('param'),
    docsUrl: text('docs_url'),
    denial: denialOf(error['gateway']),
    retryAfterSeconds: retryAfterSecondsOf(answer.headers),
  });
}

const ACTIONS = ['none', 'open_portal', 'reconnect', 'wait', 'contact_app'];

/** The `gateway` member of an error in any dialect; undefined when it is none. */
export function denialOf(value: unknown): GatewayDenial | undefined {
  if (!isObject(value)) return undefined;
  if (typeof value['code'] !== 'string' || !ACTIONS.includes(value['action'] as string)) {
    return undefined;
  }
  return camelized(value) as GatewayDenial;
}
