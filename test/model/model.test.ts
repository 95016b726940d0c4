import { describe, expect, it } from '@jest/globals';
import { tryModel } from './model.js';

const { MODEL_SEEDS = '8', MODEL_STEPS = '400', MODEL_FIRST_SEED = '1' } = process.env;
const seeds = Array.from({ length: Number(MODEL_SEEDS) }, (_, i) => Number(MODEL_FIRST_SEED) + i);
const steps = Number(MODEL_STEPS);

/** Old state + pushes + sync = fresh state, whatever people do. Every second seed, their devices lose pushes as well. */
describe('whatever people do', () => {
  it.each(seeds)('everybody sees the same, seed %i', async (seed) => {
    const wrong = await tryModel({ seed, steps, lossy: seed % 2 === 0 });
    const repeat = `MODEL_FIRST_SEED=${seed} MODEL_SEEDS=1 MODEL_STEPS=${steps} npx jest test/model/model.test.ts`;
    expect(wrong.length === 0 ? [] : [`Repeat with: ${repeat}`, ...wrong.slice(0, 10)]).toEqual([]);
  }, 60_000 + steps * 100);
});
