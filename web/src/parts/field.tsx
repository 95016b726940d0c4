import { useId, type ComponentProps, type ReactNode } from 'react';

interface FieldProps extends ComponentProps<'input'> {
  label: string;
  hint?: string;
  fault?: ReactNode;
}

/** A labelled input that says what is wrong with it, to eyes and ears. */
export function Field({ label, hint, fault, ...input }: FieldProps) {
  const id = useId();
  const about = fault !== undefined || hint !== undefined ? `${id}-about` : undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-invalid={fault !== undefined} aria-describedby={about} {...input} />
      {about !== undefined && <p id={about} className={fault === undefined ? 'hint' : 'fault'}>{fault ?? hint}</p>}
    </div>
  );
}
