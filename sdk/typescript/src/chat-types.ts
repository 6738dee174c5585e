// OpenAI's Chat Completions, as far as apps touch it, in its own spelling: what fits OpenAI's types
// fits here, and the other way round.
import type { GatewayRoutingIntent, GatewayRoutingMode } from './models.js';

/** A part of a message that is more than a text. */
export type GatewayChatContentPart =
  | { type: 'text'; text: string }
  | { type: 'refusal'; refusal: string }
  | {
      type: 'image_url';
      image_url: { url: string; detail?: 'auto' | 'low' | 'high' | (string & {}) };
    }
  | { type: 'input_audio'; input_audio: { data: string; format: 'wav' | 'mp3' | (string & {}) } }
  | { type: 'file'; file: { file_data?: string; filename?: string; file_id?: string } };

/** A tool that the model wants to be called. */
export interface GatewayChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** One message of the conversation. */
export interface GatewayChatMessage {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool' | 'function';
  content?: string | readonly GatewayChatContentPart[] | null | undefined;
  name?: string | undefined;
  /** Which call a `tool` message answers. */
  tool_call_id?: string | undefined;
  /** What an earlier answer wanted to be called, given back as it was. */
  tool_calls?: readonly object[] | null | undefined;
}

/** A tool that the model may ask for. */
export interface GatewayChatTool {
  type: string;
  function?: { name: string; description?: string; parameters?: object; strict?: boolean | null };
}

/** How `arda/auto` is to choose for this request. */
export interface GatewayRequestRouting {
  mode?: GatewayRoutingMode | undefined;
  intent?: GatewayRoutingIntent | undefined;
  /** The most that the request may cost its payer, in USD. */
  max_price?: number | undefined;
}

/** A request; members that are not named here are sent as they are. */
export interface GatewayChatCompletionRequest {
  /** A model's name, or `arda/auto`. */
  model: string;
  messages: readonly GatewayChatMessage[];
  routing?: GatewayRequestRouting | null | undefined;
  /** Caps the answer, and what is held for it; without it the balance does. */
  max_tokens?: number | null | undefined;
  max_completion_tokens?: number | null | undefined;
  temperature?: number | null | undefined;
  top_p?: number | null | undefined;
  stop?: string | readonly string[] | null | undefined;
  seed?: number | null | undefined;
  tools?: readonly GatewayChatTool[] | undefined;
  tool_choice?: string | object | undefined;
  parallel_tool_calls?: boolean | undefined;
  response_format?: { type: string; json_schema?: object } | undefined;
  reasoning_effort?: string | null | undefined;
  /** Which method is called decides. */
  stream?: boolean | null | undefined;
  /** Usage is always asked for. */
  stream_options?: object | null | undefined;
}

/** Tokens, and what they cost. */
export interface GatewayChatUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  /** USD, markups included. */
  cost?: number;
  cost_details?: { base: number; gateway_markup: number; reseller_markup: number };
  /** After the charge; for keys with `balance:read`. */
  balance_cents?: number;
  balance_warning?: 'low' | null;
}

/** What the model said. */
export interface GatewayChatAnswer {
  role: 'assistant';
  content: string | null;
  refusal: string | null;
  tool_calls?: GatewayChatToolCall[];
}

/** A whole answer. */
export interface GatewayChatCompletion {
  id: string;
  object: 'chat.completion';
  created: number;
  /** The model that answered. */
  model: string;
  choices: { index: number; message: GatewayChatAnswer; finish_reason: string }[];
  usage?: GatewayChatUsage;
}

/** A piece of a tool call; pieces of one `index` belong together. */
export interface GatewayChatToolCallDelta {
  index: number;
  id?: string;
  type?: 'function';
  function?: { name?: string; arguments?: string };
}

/** A piece of an answer. */
export interface GatewayChatDelta {
  role?: 'assistant';
  content?: string | null;
  refusal?: string | null;
  tool_calls?: GatewayChatToolCallDelta[];
}

/** An event of a streamed answer; the last one has usage and no choice. */
export interface GatewayChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: { index: number; delta: GatewayChatDelta; finish_reason: string | null }[];
  usage?: GatewayChatUsage | null;
}
