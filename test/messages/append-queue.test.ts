import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AppendQueue } from '../../src/messages/append-queue.js';

// By a clock of our own, so that nothing depends on the machine: writing a batch takes 3 ms, whatever is in it.
// A turn of the event loop may count as one, so less than `companyMs` more than that is: did not wait.
const [writingMs, companyMs] = [3, 4];
let batches: string[][];
let queue: AppendQueue<string, string>;

beforeEach(() => {
  jest.useFakeTimers();
  batches = [];
  queue = new AppendQueue(async (inputs) => {
    batches.push(inputs);
    await new Promise((resolve) => { setTimeout(resolve, writingMs); });
    return inputs.map((input) => `${input} stored`);
  }, { room: () => 'one room', sender: () => 'one sender' });
});
afterEach(() => { jest.useRealTimers(); });

/** Each of them comes so many milliseconds after the one before, whatever becomes of that. */
async function comeEvery(ms: number, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const from = performance.now();
    void queue.add(`${n}`).then(() => took.push(performance.now() - from));
    await jest.advanceTimersByTimeAsync(ms);
  }
  await jest.advanceTimersByTimeAsync(100);
  return took;
}

/** Each of them comes when the one before is stored. */
async function comeInTurn(count: number): Promise<number[]> {
  const took: number[] = [];
  let from = performance.now();
  const send = (n: number): void => {
    void queue.add(`${n}`).then(() => {
      took.push(performance.now() - from);
      from = performance.now();
      if (n < count) send(n + 1);
    });
  };
  send(1);
  await jest.advanceTimersByTimeAsync(count * 20);
  return took;
}

const sizes = () => batches.map(({ length }) => length);

describe('a batch', () => {
  it('goes at once, and alone, on a server with little to do', async () => {
    const took = await comeEvery(20, 50);
    expect(sizes()).toEqual(Array.from({ length: 50 }, () => 1));
    expect(Math.max(...took)).toBeLessThan(writingMs + companyMs);
  });

  it('waits a little for company where many come', async () => {
    const took = await comeEvery(2, 300);
    const settled = sizes().slice(5, -1);
    expect(Math.min(...settled)).toBeGreaterThanOrEqual(3);
    expect(took).toHaveLength(300);
    expect(Math.max(...took)).toBeLessThan(2 * (writingMs + companyMs));
  });

  it('does not wait when it is large already', async () => {
    await comeEvery(2, 100);
    batches = [];
    const crowd = Promise.all(Array.from({ length: 8 }, (_, n) => queue.add(`crowd ${n}`)));
    await jest.advanceTimersByTimeAsync(writingMs + 1);
    expect(await crowd).toHaveLength(8);
    expect(sizes()).toEqual([8]);
  });

  it('never waits for somebody who waits for its answer', async () => {
    const took = await comeInTurn(50);
    expect(took).toHaveLength(50);
    expect(Math.max(...took)).toBeLessThan(writingMs + companyMs);
  });

  it('waits for nobody when the many have gone', async () => {
    await comeEvery(2, 300);
    const took = await comeEvery(20, 20);
    expect(Math.max(...took.slice(10))).toBeLessThan(writingMs + companyMs);
  });
});
