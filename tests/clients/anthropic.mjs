import { Suite } from './cases.mjs';

export const suite = new Suite('anthropic');
