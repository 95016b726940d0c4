/** At most `points` calls in any stretch of `duration` seconds. */
export interface Limit {
  points: number;
  duration: number;
}

export interface Standing {
  allowed: number;
  remaining: number;
  /** Until more is allowed; for a refused call, until it would be accepted. */
  resetSeconds: number;
  exceeded: boolean;
}

/** Calls that came within a twentieth of the window. They leave it together with the last of them, never earlier. */
type Run = [began: number, last: number, count: number];
export type CallLog = readonly Run[];

const runsPerWindow = 20;

/** Adds `amount` calls to the log if they fit. Calls that do not fit are not added: a caller who goes on trying is not shut out for longer. */
export function addCalls(log: CallLog, limit: Limit, amount: number, now: number): { log: CallLog; standing: Standing } {
  const windowMs = limit.duration * 1000;
  const runs = log.filter(([, last]) => last + windowMs > now);
  const used = runs.reduce((sum, [, , count]) => sum + count, 0);
  if (used + amount > limit.points) return { log: runs, standing: toStanding(limit, used, waitFor(runs, used + amount - limit.points, now + windowMs) - now, true) };
  const newest = runs.at(-1);
  if (newest !== undefined && now - newest[0] < windowMs / runsPerWindow) runs[runs.length - 1] = [newest[0], now, newest[2] + amount];
  else runs.push([now, now, amount]);
  return { log: runs, standing: toStanding(limit, used + amount, waitFor(runs, 1, now + windowMs) - now, false) };

  /** When so many calls have left the window. */
  function waitFor(present: CallLog, calls: number, latest: number): number {
    let left = 0;
    for (const [, last, count] of present) {
      left += count;
      if (left >= calls) return last + windowMs;
    }
    return latest;
  }
}

export function toStanding({ points }: Limit, used: number, waitMs: number, exceeded: boolean): Standing {
  return { allowed: points, remaining: Math.max(0, points - used), resetSeconds: Math.ceil(waitMs / 1000), exceeded };
}

/**
 * The same in Redis, by its clock. KEYS: the log. ARGV: points, window in ms, amount, and 1 to only look.
 * Answers calls used, milliseconds to wait, and 1 if the calls did not fit.
 */
export const slidingWindowScript = `
local points, window, amount, looking = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4] == '1'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('GET', KEYS[1])
local runs, used = {}, 0
for _, run in ipairs(stored and cmsgpack.unpack(stored) or {}) do
  if run[2] + window > now then
    runs[#runs + 1] = run
    used = used + run[3]
  end
end
local function waitFor(calls)
  local left = 0
  for _, run in ipairs(runs) do
    left = left + run[3]
    if left >= calls then return run[2] + window - now end
  end
  return window
end
if used + amount > points then return { used, waitFor(used + amount - points), 1 } end
if looking then return { used, used > 0 and waitFor(1) or 0, 0 } end
local newest = runs[#runs]
if newest and now - newest[1] < window / ${runsPerWindow} then
  newest[2], newest[3] = now, newest[3] + amount
else
  runs[#runs + 1] = { now, now, amount }
end
redis.call('SET', KEYS[1], cmsgpack.pack(runs), 'PX', window)
return { used + amount, waitFor(1), 0 }
`;
