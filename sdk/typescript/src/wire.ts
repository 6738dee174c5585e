import type { GatewayResponseError } from './errors.js';
import { isObject, unreadable, type Answer } from './http.js';

/** Reads members of an answer, and refuses the answer when a promised one is missing. */
export class WireReader {
  readonly #answer: Answer;
  readonly #expected: string;
  readonly #members: Record<string, unknown>;

  constructor(answer: Answer, expected: string, members = answer.json) {
    this.#answer = answer;
    this.#expected = expected;
    if (members === undefined) throw this.#broken();
    this.#members = members;
  }

  string(name: string): string {
    const value = this.#members[name];
    if (typeof value !== 'string' || value === '') throw this.#broken();
    return value;
  }

  optionalString(name: string): string | undefined {
    const value = this.#members[name];
    return typeof value === 'string' ? value : undefined;
  }

  number(name: string): number {
    const value = this.#members[name];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.#broken();
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#members[name];
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  boolean(name: string): boolean {
    return this.#members[name] === true;
  }

  object(name: string): WireReader {
    const value = this.#members[name];
    if (!isObject(value)) throw this.#broken();
    return new WireReader(this.#answer, this.#expected, value);
  }

  objects(name: string): WireReader[] {
    const value = this.#members[name];
    if (!Array.isArray(value) || !value.every(isObject)) throw this.#broken();
    return value.map((member) => new WireReader(this.#answer, this.#expected, member));
  }

  /** All members as they are. */
  all(): Readonly<Record<string, unknown>> {
    return this.#members;
  }

  /** One member's members as they are. */
  raw(name: string): Readonly<Record<string, unknown>> {
    const value = this.#members[name];
    if (!isObject(value)) throw this.#broken();
    return value;
  }

  #broken(): GatewayResponseError {
    return unreadable(this.#answer, this.#expected);
  }
}
