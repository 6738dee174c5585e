// Server-sent events, read from a fetch: EventSource can send no key.
import { GatewayConnectionError } from './errors.js';

/** A longer event is no answer of a gateway. */
const EVENT_CHARS_MAX = 32 * 1024 * 1024;

/** One event; comments and other fields are left out. */
export interface ServerSentEvent {
  event: string;
  data: string;
}

/** The events of a body, in order. Ending the loop gives the connection up. */
export async function* eventsOf(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  let event = '';
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === '') {
      if (data.length > 0) yield { event: event || 'message', data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (name === 'data') data.push(value);
    if (name === 'event') event = value;
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  // By hand, because not every browser iterates a stream, or decodes one.
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      // A carriage return at the end may be the first half of a line's end.
      const isHalf = !done && rest.endsWith('\r');
      const lines = (isHalf ? rest.slice(0, -1) : rest).split(/\r\n|\n|\r/);
      rest = `${lines.pop() ?? ''}${isHalf ? '\r' : ''}`;
      yield* lines;
      if (done) return;
      if (rest.length > EVENT_CHARS_MAX) {
        throw new GatewayConnectionError('An event of the stream does not end.', undefined);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
