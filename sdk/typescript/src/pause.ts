/** Waits, or rejects with the signal's reason when that comes first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const end = (): void => {
      signal?.removeEventListener('abort', stop);
      resolve();
    };
    const timer = setTimeout(end, Math.max(0, ms));
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** A controller that ends when the signal does; by hand, because older browsers join no signals. */
export function linked(signal: AbortSignal | undefined): {
  control: AbortController;
  unlink: () => void;
} {
  const control = new AbortController();
  const end = (): void => control.abort(signal?.reason);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });
  return { control, unlink: () => signal?.removeEventListener('abort', end) };
}
