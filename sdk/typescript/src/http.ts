import { GatewayArgumentError, GatewayConnectionError, GatewayResponseError } from './errors.js';

/** Where the SDK calls when nothing else is said. */
export const DEFAULT_BASE_URL = 'https://gateway.ardabot.ai';

/** As much of `fetch` as this package uses; the platform's own fits. */
export type GatewayFetch = (input: string, init?: RequestInit) => Promise<Response>;

/** What every function of this package takes. */
export interface GatewayRequestOptions {
  /** The gateway's address; only for local, staging or self-hosted gateways. */
  baseUrl?: string | undefined;
  /** Your own `fetch`, for proxies, tests or logging. */
  fetch?: GatewayFetch | undefined;
  /** Ends the call; it then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** An answer, read to its end. */
export interface Answer {
  ok: boolean;
  status: number;
  headers: Headers;
  requestId: string | undefined;
  /** The body as a JSON object; undefined when it is none. */
  json: Record<string, unknown> | undefined;
}

export interface Outgoing {
  method: 'GET' | 'POST';
  path: string;
  query?: URLSearchParams;
  form?: URLSearchParams;
  /** A body to be sent as JSON. */
  json?: unknown;
  /** What the answer is to be; JSON when absent. */
  accept?: string;
  idempotencyKey?: string | undefined;
  authorization?: string | undefined;
}

/** The address without a trailing slash, as the issuer is written (RFC 8414 §2). */
export function baseUrlOf(options: GatewayRequestOptions): string {
  const text = options.baseUrl ?? DEFAULT_BASE_URL;
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {
    // Said below, together with the other reasons.
  }
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    url.search !== '' ||
    url.hash !== ''
  ) {
    throw new GatewayArgumentError(
      'invalid_base_url',
      `baseUrl is an http(s) address such as ${DEFAULT_BASE_URL}, without query, fragment or user.`,
    );
  }
  return url.href.replace(/\/+$/, '');
}

/** One request and its whole answer, never repeated here: some of them may only be sent once. */
export async function send(options: GatewayRequestOptions, out: Outgoing): Promise<Answer> {
  return read(await open(options, out), options);
}

/** One request, until the headers of its answer are there. */
export async function open(options: GatewayRequestOptions, out: Outgoing): Promise<Response> {
  const url = `${baseUrlOf(options)}${out.path}${out.query ? `?${out.query}` : ''}`;
  const { signal } = options;
  signal?.throwIfAborted();
  // Taken off its owner, because browsers refuse to run `fetch` as another object's method.
  const fetch = options.fetch ?? (globalThis.fetch as GatewayFetch);
  try {
    return await fetch(url, initOf(out, signal));
  } catch (cause) {
    signal?.throwIfAborted();
    throw new GatewayConnectionError(`No answer from ${new URL(url).origin}.`, cause);
  }
}

function initOf(out: Outgoing, signal: AbortSignal | undefined): RequestInit {
  // A header beyond these would cost browsers a preflight.
  const headers: Record<string, string> = { Accept: out.accept ?? 'application/json' };
  if (out.form) headers['Content-Type'] = 'application/x-www-form-urlencoded';
  if (out.json !== undefined) headers['Content-Type'] = 'application/json';
  if (out.idempotencyKey !== undefined) headers['Idempotency-Key'] = out.idempotencyKey;
  if (out.authorization !== undefined) headers['Authorization'] = out.authorization;
  return {
    method: out.method,
    headers,
    // Nothing here redirects; following one would carry codes and keys to another address.
    redirect: 'manual',
    ...(out.form ? { body: out.form.toString() } : {}),
    ...(out.json === undefined ? {} : { body: JSON.stringify(out.json) }),
    ...(signal ? { signal } : {}),
  };
}

/** Reads an answer to its end. */
export async function read(response: Response, options: GatewayRequestOptions): Promise<Answer> {
  try {
    return { ...headOf(response), json: jsonObjectOf(await response.text()) };
  } catch (cause) {
    options.signal?.throwIfAborted();
    const origin = new URL(baseUrlOf(options)).origin;
    throw new GatewayConnectionError(`The answer from ${origin} broke off.`, cause);
  }
}

/** An answer before its body is read. */
export function headOf({ ok, status, headers }: Response): Answer {
  return {
    ok,
    status,
    headers,
    requestId: headers.get('x-request-id') ?? undefined,
    json: undefined,
  };
}

/** A text as a JSON object; undefined when it is none. */
export function jsonObjectOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Seconds of `Retry-After`, which is a number or a date (RFC 9110 §10.2.3). */
export function retryAfterSecondsOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after')?.trim();
  if (!text) return undefined;
  if (/^\d+$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

export function unreadable(answer: Answer, expected: string): GatewayResponseError {
  return new GatewayResponseError(
    `The answer (HTTP ${answer.status}) is not ${expected}; is baseUrl a gateway's address?`,
    { status: answer.status, requestId: answer.requestId },
  );
}
