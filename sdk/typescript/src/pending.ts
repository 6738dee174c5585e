// What an authorization has to remember while the user is away on the gateway's pages. The page
// that called is gone by then, so it is kept in sessionStorage: per tab, and never sent anywhere.

const PREFIX = 'arda.gateway.oauth.';

/** Longer than a request lives on the gateway (15 minutes); what is older was abandoned. */
const AGE_MAX_MS = 30 * 60 * 1000;

export interface PendingAuthorization {
  codeVerifier: string;
  clientId: string;
  baseUrl: string;
  nonce?: string | undefined;
  createdAt: number;
}

/** Undefined where the platform has none, and where the browser forbids it. */
function storage(): Storage | undefined {
  try {
    return globalThis.sessionStorage ?? undefined;
  } catch {
    return undefined;
  }
}

export function canRemember(): boolean {
  return storage() !== undefined;
}

export function remember(state: string, pending: PendingAuthorization): void {
  const store = storage();
  if (store === undefined) return;
  try {
    forgetAbandoned(store);
    store.setItem(PREFIX + state, JSON.stringify(pending));
  } catch {
    // A full or forbidden store is no failure: the caller holds the verifier and state as well.
  }
}

export function recall(state: string): PendingAuthorization | undefined {
  return parse(storage()?.getItem(PREFIX + state) ?? null);
}

/** Reads and forgets in one step, so that no two exchanges can start from one authorization. */
export function take(state: string): PendingAuthorization | undefined {
  const pending = recall(state);
  storage()?.removeItem(PREFIX + state);
  return pending;
}

function parse(text: string | null): PendingAuthorization | undefined {
  if (text === null) return undefined;
  try {
    const value = JSON.parse(text) as PendingAuthorization;
    return isFresh(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isFresh(pending: PendingAuthorization): boolean {
  return Date.now() - pending.createdAt <= AGE_MAX_MS;
}

function forgetAbandoned(store: Storage): void {
  const names = Array.from({ length: store.length }, (_, index) => store.key(index));
  for (const name of names) {
    if (!name?.startsWith(PREFIX)) continue;
    if (parse(store.getItem(name)) === undefined) store.removeItem(name);
  }
}
