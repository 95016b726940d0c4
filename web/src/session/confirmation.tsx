import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';
import { useChat } from '../chat/context';
import { reason, reasonFor } from '../parts/errors';
import { notify } from '../parts/notices';
import { Waiting } from '../parts/waiting';
import { endConfirmation, takeSignIn } from './google';

const failed = 'The sign-in with Google was not completed. Try again.';

/** Back from Google, where somebody who is signed in has confirmed that it is they: on to the settings. */
export function Confirmation({ code, problem }: { code: string | null; problem: string | null }) {
  const chat = useChat();
  const [, go] = useLocation();
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return; // the code is good once, and effects may run twice
    begun.current = true;
    const { verifier } = takeSignIn();
    const confirmed = code === null ? Promise.resolve(reasonFor(problem ?? '') ?? failed)
      : chat.api.confirmSignIn({ code, verifier }).then(() => 'Confirmed. You can set your password now.', reason);
    void confirmed.then((text) => {
      endConfirmation();
      notify(text);
      go('/settings', { replace: true });
    });
  }, [chat, code, problem, go]);
  return <Waiting label="Finishing the sign-in" />;
}
