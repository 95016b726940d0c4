import { useState, type SubmitEvent } from 'react';
import { VerbatimError } from '@verbatim/client';
import { fieldFaults, reason } from '../parts/errors';

export interface FormState {
  busy: boolean;
  /** What is wrong as a whole; empty when it is one field's fault. */
  fault: string;
  faults: Partial<Record<string, string>>;
  /** The code of what the server refused. */
  code: string | undefined;
  onSubmit: (event: SubmitEvent<HTMLFormElement>) => void;
}

/** Sends a form, once at a time, and keeps what was refused. The values are the form's own: no state for each key press. */
export function useForm(send: (values: Record<string, string>, form: HTMLFormElement) => Promise<unknown>): FormState {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const faults = fieldFaults(error);
  const onSubmit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (busy) return;
    const form = event.currentTarget;
    setBusy(true);
    setError(undefined);
    send(Object.fromEntries(new FormData(form).entries()) as Record<string, string>, form)
      .catch(setError)
      .finally(() => { setBusy(false); });
  };
  return { busy, fault: error === undefined || Object.keys(faults).length > 0 ? '' : reason(error), faults, code: error instanceof VerbatimError ? error.code : undefined, onSubmit };
}
