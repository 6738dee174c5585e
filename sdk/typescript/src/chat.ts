import { apiErrorOf } from './api-error.js';
import { chunksOf, StreamedChunks, type GatewayChatStreamEnd } from './chat-stream.js';
import type {
  GatewayChatCompletion,
  GatewayChatCompletionChunk,
  GatewayChatCompletionRequest,
} from './chat-types.js';
import { headOf, isObject, open, read, unreadable, type GatewayRequestOptions } from './http.js';
import { costOf, metadataOf, type GatewayAnswerMetadata } from './metadata.js';
import { linked } from './pause.js';

/** An answer, and what its headers and its usage say. */
export interface GatewayChatCompletionResult extends GatewayAnswerMetadata {
  /** The answer as the wire has it. */
  completion: GatewayChatCompletion;
}

/** An answer that is still being written; what its headers say is there already. */
export interface GatewayChatCompletionStreamResult extends GatewayAnswerMetadata {
  /**
   * The pieces, in order. Ending the loop early aborts the request: what was delivered until then
   * is charged, and nothing more.
   */
  stream: AsyncIterableIterator<GatewayChatCompletionChunk>;
  /**
   * What is known at the end. Waiting for it without a loop reads the stream; a loop that was ended
   * early makes it what was known by then, and a stream that fails rejects it.
   */
  final: Promise<GatewayChatStreamEnd>;
}

/** How one request goes out. */
export interface ChatAttempt extends GatewayRequestOptions {
  authorization: string;
  idempotencyKey: string | undefined;
}

const PATH = '/v1/chat/completions';

export async function complete(
  request: GatewayChatCompletionRequest,
  attempt: ChatAttempt,
): Promise<GatewayChatCompletionResult> {
  const json = { ...request, stream: undefined, stream_options: undefined };
  const answer = await read(await post(json, 'application/json', attempt), attempt);
  if (!answer.ok) throw apiErrorOf(answer);
  if (!Array.isArray(answer.json?.['choices'])) throw unreadable(answer, 'a chat completion');
  const completion = answer.json as unknown as GatewayChatCompletion;
  return { completion, ...metadataOf(answer.headers, costOf(completion.usage)) };
}

export async function streamed(
  request: GatewayChatCompletionRequest,
  attempt: ChatAttempt,
): Promise<GatewayChatCompletionStreamResult> {
  const { control: stop, unlink } = linked(attempt.signal);
  const options = { ...attempt, signal: stop.signal };
  const usage = { ...request.stream_options, include_usage: true };
  const json = { ...request, stream: true, stream_options: usage };
  try {
    const response = await post(json, 'text/event-stream', options);
    if (!response.ok) throw apiErrorOf(await read(response, options));
    if (!isEventStream(response)) throw unreadable(headOf(response), 'a stream');
    const metadata = metadataOf(response.headers, null);
    const chunks = chunksOf(response, stop.signal);
    const stream = new StreamedChunks(chunks, metadata, stop, unlink);
    return { stream, ...metadata, final: stream.final };
  } catch (error) {
    unlink();
    stop.abort();
    throw error;
  }
}

function post(json: unknown, accept: string, attempt: ChatAttempt): Promise<Response> {
  const { authorization, idempotencyKey } = attempt;
  return open(attempt, { method: 'POST', path: PATH, json, accept, idempotencyKey, authorization });
}

export function isEventStream(response: Response): response is Response & { body: ReadableStream } {
  const type = response.headers.get('content-type') ?? '';
  return isObject(response.body) && type.startsWith('text/event-stream');
}
