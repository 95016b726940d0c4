import { useEffect, useState } from 'react';
import type { SignInProviders } from '@verbatim/client';
import { useChat } from '../chat/context';

/** What this server offers to those who come in; nothing more while it does not answer. */
export function useSignInProviders(): SignInProviders {
  const chat = useChat();
  const [offered, setOffered] = useState<SignInProviders>({ google: false, awaitsAdmin: false });
  useEffect(() => { chat.api.getSignInProviders().then(setOffered, () => undefined); }, [chat]);
  return offered;
}
