import { camelized } from './casing.js';
import { isObject, unreadable, type Answer } from './http.js';
import type { GatewayProject } from './project.js';
import type { GatewayBalance } from './recovery.js';

/** The project that pays, as its state is. */
export interface GatewayStatusProject extends GatewayProject {
  name: string;
  /** A dispute or a debt: nothing is spent until it is settled. */
  isFrozen: boolean;
}

/** What auto-reload may charge. Only a user's own keys see which card it is. */
export interface GatewaySavedPaymentMethod {
  type: string;
  brand: string | null;
  last4: string | null;
  isExpired: boolean;
}

/** Whether and how the balance fills itself up. */
export interface GatewayAutoReload {
  enabled: boolean;
  /** `off`, `on`, `reloading`, or what it waits for, such as `action_required`. */
  state: string;
  thresholdCents: number | null;
  amountCents: number | null;
  /** The most that it charges in a month. */
  monthlyCapCents: number | null;
}

/** The app that a key belongs to. */
export interface GatewayStatusApp {
  clientId: string;
  name: string;
  /** What the app's owner adds to prices, as the user agreed to it. */
  resellerMarkupBps: number;
}

/** What is added to the provider's prices, in hundredths of a percent. */
export interface GatewayMarkup {
  gatewayMarkupBps: number;
  resellerMarkupBps: number;
}

/** Who pays, what is left, and what may be done. What the key's scopes hide is null. */
export interface GatewayStatus {
  project: GatewayStatusProject | null;
  balance: GatewayBalance | null;
  /** Null where none is saved. */
  savedPaymentMethod: GatewaySavedPaymentMethod | null;
  autoReload: GatewayAutoReload | null;
  /** The amounts that can be bought. */
  topupAmountsCents: number[];
  scopes: string[];
  /** Null for keys that the user made. */
  app: GatewayStatusApp | null;
  markup: GatewayMarkup | null;
}

export function statusOf(answer: Answer): GatewayStatus {
  if (!Array.isArray(answer.json?.['scopes'])) throw unreadable(answer, "a key's status");
  return statusIn(answer.json);
}

/** The same object inside of another answer. */
export function statusIn(wire: unknown): GatewayStatus {
  const read = (isObject(wire) ? camelized(wire) : {}) as Partial<GatewayStatus>;
  return {
    ...read,
    project: read.project ?? null,
    balance: read.balance ?? null,
    savedPaymentMethod: read.savedPaymentMethod ?? null,
    autoReload: read.autoReload ?? null,
    topupAmountsCents: read.topupAmountsCents ?? [],
    scopes: read.scopes ?? [],
    app: read.app ?? null,
    markup: read.markup ?? null,
  };
}
