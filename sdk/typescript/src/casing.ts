// The wire is snake_case, this package camelCase. Names only are changed, never values, and a member
// that this version does not know passes through under its changed name.
import { isObject } from './http.js';

/** An object of the wire, and all that is in it, in this package's spelling. */
export function camelized(value: unknown): unknown {
  return renamed(value, (name) =>
    name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
  );
}

/** What goes out, in the wire's spelling; what is undefined is left out. */
export function snakeCased(value: unknown): unknown {
  return renamed(value, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

function renamed(value: unknown, rename: (name: string) => string): unknown {
  if (Array.isArray(value)) return value.map((member) => renamed(member, rename));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([name, member]) => [rename(name), renamed(member, rename)]),
  );
}
