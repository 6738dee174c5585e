import { GatewayArgumentError } from './errors.js';

/** 256 bits from the platform's generator, as 43 characters that need no escaping in a URL. */
export function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The S256 transformation (RFC 7636 §4.2). */
export async function challengeOf(codeVerifier: string): Promise<string> {
  // Browsers hide it on plain http pages, except on localhost.
  if (globalThis.crypto?.subtle === undefined) {
    throw new GatewayArgumentError(
      'insecure_context',
      'This page cannot hash: open it over https, or on localhost.',
    );
  }
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier));
  return base64Url(new Uint8Array(digest));
}

/** Base64url without padding (RFC 4648 §5, RFC 7636 appendix A). */
function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
