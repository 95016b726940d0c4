import type { OutgoingMessage } from '@verbatim/client';
import { reason } from '../parts/errors';
import { useTabStop } from './reach';

/** It was refused, or given up: what the person wrote is still here, and can be tried again with the same id. */
export function Unsent({ outgoing }: { outgoing: OutgoingMessage }) {
  const tabIndex = useTabStop();
  return (
    <div className="unsent" role="alert">
      <span>Not sent. {outgoing.error === undefined ? '' : reason(outgoing.error)}</span>
      <button type="button" className="button small" tabIndex={tabIndex} onClick={() => { outgoing.retry(); }}>Try again</button>
      <button type="button" className="button small plain" tabIndex={tabIndex} onClick={() => { outgoing.discard(); }}>Discard</button>
    </div>
  );
}
