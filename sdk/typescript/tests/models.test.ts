import { describe, expect, it } from 'vitest';
import { buildGatewayInferenceSelection, GatewayArgumentError } from '../src/index.js';

const autoRoute = {
  model: 'arda/auto',
  modes: ['cheap', 'fast'],
  intents: ['coding', 'general'],
  defaultMode: 'cheap',
};

describe('buildGatewayInferenceSelection', () => {
  it('sends the wishes along with arda/auto', () => {
    const routing = { mode: 'cheap', intent: 'coding' };
    expect(buildGatewayInferenceSelection({ model: 'arda/auto', autoRoute, routing })).toEqual({
      model: 'arda/auto',
      routing: { mode: 'cheap', intent: 'coding' },
    });
  });

  it('takes an option of the picker', () => {
    const model = { id: 'arda/auto', name: 'Auto', isAutoRoute: true };
    expect(buildGatewayInferenceSelection({ model, routing: { mode: 'fast' } })).toEqual({
      model: 'arda/auto',
      routing: { mode: 'fast' },
    });
  });

  it('drops the wishes for a concrete model', () => {
    const routing = { mode: 'cheap', intent: 'coding' };
    const concrete = { model: 'claude-sonnet-4-6' };
    expect(buildGatewayInferenceSelection({ ...concrete, autoRoute, routing })).toEqual(concrete);
    const option = { id: 'claude-sonnet-4-6', isAutoRoute: false };
    expect(buildGatewayInferenceSelection({ model: option, routing })).toEqual(concrete);
  });

  it('is the model alone without wishes, or with empty ones', () => {
    const alone = { model: 'arda/auto' };
    expect(buildGatewayInferenceSelection(alone)).toEqual(alone);
    expect(buildGatewayInferenceSelection({ ...alone, autoRoute: null, routing: null })).toEqual(
      alone,
    );
    expect(buildGatewayInferenceSelection({ ...alone, routing: {} })).toEqual(alone);
  });

  it('knows the words of every gateway when none is at hand', () => {
    for (const mode of ['cheap', 'balanced', 'fast', 'best']) {
      const selection = buildGatewayInferenceSelection({ model: 'arda/auto', routing: { mode } });
      expect(selection.routing).toEqual({ mode });
    }
  });

  it.each([
    [{ mode: 'cheapest' }, undefined, 'unknown_routing_mode'],
    [{ mode: 'best' }, autoRoute, 'unknown_routing_mode'],
    [{ intent: 'roleplay' }, undefined, 'unknown_routing_intent'],
    [{ intent: 'math' }, autoRoute, 'unknown_routing_intent'],
  ])('refuses %j', (routing, known, code) => {
    const act = () =>
      buildGatewayInferenceSelection({ model: 'arda/auto', autoRoute: known, routing });
    expect(act).toThrow(GatewayArgumentError);
    expect(act).toThrow(expect.objectContaining({ code }));
  });

  it('refuses no model', () => {
    const act = () => buildGatewayInferenceSelection({ model: '' });
    expect(act).toThrow(expect.objectContaining({ code: 'missing_argument' }));
  });
});
