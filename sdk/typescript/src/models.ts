import { GatewayArgumentError } from './errors.js';

/** The model name that lets the gateway choose. */
const AUTO_MODEL = 'arda/auto';

/** What `arda/auto` should prefer. */
export type GatewayRoutingMode = 'cheap' | 'balanced' | 'fast' | 'best' | (string & {});

/** What the request is about. */
export type GatewayRoutingIntent =
  | 'coding'
  | 'debugging'
  | 'data'
  | 'math'
  | 'reasoning'
  | 'writing'
  | 'summarization'
  | 'extraction'
  | 'translation'
  | 'chat'
  | 'knowledge'
  | 'tool_use'
  | 'vision'
  | 'general'
  | (string & {});

const MODES: readonly GatewayRoutingMode[] = ['cheap', 'balanced', 'fast', 'best'];

const INTENTS: readonly GatewayRoutingIntent[] = [
  'coding',
  'debugging',
  'data',
  'math',
  'reasoning',
  'writing',
  'summarization',
  'extraction',
  'translation',
  'chat',
  'knowledge',
  'tool_use',
  'vision',
  'general',
];

/** How `arda/auto` is to choose. */
export interface GatewayRouting {
  mode?: GatewayRoutingMode | undefined;
  intent?: GatewayRoutingIntent | undefined;
}

/** What a model picker knows about `arda/auto` at this gateway. */
export interface GatewayAutoRoute {
  /** The model name that lets the gateway choose. */
  model: string;
  modes: readonly GatewayRoutingMode[];
  intents: readonly GatewayRoutingIntent[];
  defaultMode?: GatewayRoutingMode | undefined;
}

/** As much of a picker's option as the choice of a model needs. */
export interface GatewayModelChoice {
  id: string;
  isAutoRoute?: boolean | undefined;
}

/** Options of {@link buildGatewayInferenceSelection}. */
export interface BuildGatewayInferenceSelectionOptions {
  /** A picker's option, or a model's name. */
  model: string | GatewayModelChoice;
  /** What this gateway's `arda/auto` understands; the words known to this package when absent. */
  autoRoute?: GatewayAutoRoute | null | undefined;
  routing?: GatewayRouting | null | undefined;
}

/** The members of a request that say which model answers; spread it into the request. */
export interface GatewayInferenceSelection {
  model: string;
  routing?: { mode?: GatewayRoutingMode; intent?: GatewayRoutingIntent };
}

/**
 * Turns a picker's choice into the members of a request. Routing wishes go along with `arda/auto`
 * only: a concrete model is already chosen. Calls nobody.
 *
 * @throws {@link GatewayArgumentError} `unknown_routing_mode` or `unknown_routing_intent`.
 */
export function buildGatewayInferenceSelection(
  options: BuildGatewayInferenceSelectionOptions,
): GatewayInferenceSelection {
  const { model, autoRoute, routing } = options;
  const id = typeof model === 'string' ? model : model?.id;
  if (typeof id !== 'string' || id === '') {
    throw new GatewayArgumentError('missing_argument', 'model is missing.');
  }
  const mode = known(routing?.mode, autoRoute?.modes ?? MODES, 'mode');
  const intent = known(routing?.intent, autoRoute?.intents ?? INTENTS, 'intent');
  const isAuto =
    id === (autoRoute?.model ?? AUTO_MODEL) ||
    (typeof model !== 'string' && model.isAutoRoute === true);
  if (!isAuto || (mode === undefined && intent === undefined)) return { model: id };
  return {
    model: id,
    routing: {
      ...(mode === undefined ? {} : { mode }),
      ...(intent === undefined ? {} : { intent }),
    },
  };
}

function known(
  word: string | undefined,
  words: readonly string[],
  name: 'mode' | 'intent',
): string | undefined {
  if (word === undefined || words.includes(word)) return word;
  throw new GatewayArgumentError(
    `unknown_routing_${name}`,
    `routing.${name} is one of ${words.join(', ')}.`,
  );
}
