import { useSecondsLeft } from '../parts/use-seconds-left';

/** The rate limit holds it back, or the one before it: it says so, and when it goes. */
export function HeldBack({ until, isFirst }: { until: number; isFirst: boolean }) {
  return <p className="held" role={isFirst ? 'status' : undefined}>{isFirst ? <>You are sending faster than this server allows. <Countdown until={until} /></> : 'Goes after the one above.'}</p>;
}

/** Hidden from screen readers: a number that changes every second would never let them finish. */
function Countdown({ until }: { until: number }) {
  const left = useSecondsLeft(until);
  return <><span className="unseen">It goes by itself.</span><span className="numerals" aria-hidden="true">{left === 0 ? 'It goes now.' : `It goes in ${left} s.`}</span></>;
}
