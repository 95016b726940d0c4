import { createContext, useContext } from 'react';

/** Whether Tab stops inside a message: only in the one that has the focus. So one key leads over all of them, and the arrows lead to each. */
export const ReachContext = createContext(false);

export function useTabStop(): 0 | -1 {
  return useContext(ReachContext) ? 0 : -1;
}
