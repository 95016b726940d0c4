import type { Counts, LimitClass, Standing } from './counts.js';
import type { CountRequest, Primary } from './primary.js';

/** Longer than this nobody waits: then this worker counts for itself, until the primary answers again. */
const patienceMs = 300;

interface Question {
  asked: CountRequest;
  answer: (standing: Standing | Promise<Standing>) => void;
}

/**
 * The counts of all workers together, in their primary's memory. The questions of one turn of the event loop travel in one
 * letter: under load, when it matters, one costs a few microseconds.
 */
export class SharedCounts implements Counts {
  private waiting: Question[] = [];
  private readonly open = new Map<number, { questions: Question[]; timer: NodeJS.Timeout }>();
  private sent = 0;
  private late = false;

  constructor(private readonly primary: Primary, private readonly here: Counts) {
    primary.hear('counted', ({ n, standings }) => { this.answered(n, standings); });
  }

  count(limit: LimitClass, caller: string, amount: number): Standing | Promise<Standing> {
    return this.ask(['count', limit, caller, amount]);
  }

  look(limit: LimitClass, caller: string): Standing | Promise<Standing> {
    return this.ask(['look', limit, caller, 1]);
  }

  forget(limit: LimitClass, caller: string): Standing | Promise<Standing> {
    return this.ask(['forget', limit, caller, 1]);
  }

  private ask(asked: CountRequest): Standing | Promise<Standing> {
    if (this.late) return answer(this.here, asked);
    if (this.waiting.length === 0) setImmediate(() => { this.send(); });
    return new Promise((resolve) => { this.waiting.push({ asked, answer: resolve }); });
  }

  private send(): void {
    const questions = this.waiting;
    this.waiting = [];
    this.sent += 1;
    const n = this.sent;
    const timer = setTimeout(() => { this.giveUp(); }, patienceMs);
    this.open.set(n, { questions, timer });
    void this.primary.tell('count', { n, asked: questions.map(({ asked }) => asked) });
  }

  private answered(n: number, standings: readonly Standing[]): void {
    this.late = false;
    const letter = this.open.get(n);
    if (letter === undefined) return;
    this.open.delete(n);
    clearTimeout(letter.timer);
    letter.questions.forEach((question, i) => { question.answer(standings[i]); });
  }

  /** Answers everything that is open, in the order in which it was asked. The letters are answered some day: that tells us that the primary is back. */
  private giveUp(): void {
    this.late = true;
    const open = [...this.open.values()].flatMap(({ questions, timer }) => { clearTimeout(timer); return questions.splice(0); });
    for (const question of [...open, ...this.waiting.splice(0)]) question.answer(answer(this.here, question.asked));
  }
}

function answer(counts: Counts, [act, limit, caller, amount]: CountRequest): Standing | Promise<Standing> {
  return counts[act](limit, caller, amount);
}
