import type { AroundNavHandler } from 'wouter';
import { useHistoryState } from 'wouter/use-browser-location';

type Layered = { layer?: string } | null;

const state = (): Layered => history.state as Layered;
/** What the browser has been asked to go back from, which takes it a moment: a second time would leave the page. */
let closing: unknown;

interface Layer {
  open: boolean;
  show: () => void;
  hide: () => void;
}

/** Something over the page that is an entry of the history of its own: Back closes it, and does not leave what is below. */
export function useLayer(name: string): Layer {
  const open = useHistoryState<Layered>()?.layer === name;
  return {
    open,
    show: () => { if (state()?.layer !== name) history.pushState({ layer: name }, ''); },
    hide: () => { if (state()?.layer === name) close(); },
  };
}

/** Whoever goes on from a layer leaves it behind: where they go takes its entry. */
export const leaveLayer: AroundNavHandler = (navigate, to, options) => {
  if (state()?.layer === undefined) navigate(to, options);
  else if (to === location.pathname) close();
  else navigate(to, { ...options, replace: true });
};

function close(): void {
  if (history.state === closing) return;
  closing = history.state;
  history.back();
}
