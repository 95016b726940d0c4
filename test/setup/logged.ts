import { logger } from '../../src/common/logger.js';

/** What the server in this process writes into its log meanwhile. */
export async function loggedDuring(level: string, work: () => Promise<void>): Promise<string> {
  const stream = Object.getOwnPropertySymbols(logger).find((symbol) => String(symbol) === 'Symbol(pino.stream)');
  const output = logger[stream as never] as { write: (line: string) => void };
  const before = { write: output.write, level: logger.level };
  const lines: string[] = [];
  output.write = (line) => { lines.push(line); };
  logger.level = level;
  try {
    await work();
  } finally {
    output.write = before.write;
    logger.level = before.level;
  }
  return lines.join('');
}
