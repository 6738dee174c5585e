// What a page has and Node has not, as far as this package looks at it.
import { vi } from 'vitest';

export class MemoryStorage implements Storage {
  readonly #items = new Map<string, string>();
  get length(): number {
    return this.#items.size;
  }
  key(index: number): string | null {
    return [...this.#items.keys()][index] ?? null;
  }
  getItem(key: string): string | null {
    return this.#items.get(key) ?? null;
  }
  setItem(key: string, value: string): void {
    this.#items.set(key, value);
  }
  removeItem(key: string): void {
    this.#items.delete(key);
  }
  clear(): void {
    this.#items.clear();
  }
}

/** The page that the browser shows, with the storage of its tab. */
export function showPage(href: string | URL, storage: Storage | undefined): void {
  vi.stubGlobal('location', { href: String(href) });
  vi.stubGlobal('sessionStorage', storage);
}
