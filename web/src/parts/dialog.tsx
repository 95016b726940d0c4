import { useLayoutEffect, useRef, type MouseEvent, type ReactNode } from 'react';
import { X } from 'lucide-react';
import { IconButton } from './icon-button';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** Without a heading that can be seen: `children` bring their own top. */
  bare?: boolean;
  className?: string;
}

/** The browser's own dialog: it keeps the focus inside, makes the rest inert, and gives the focus back. */
export function Dialog({ title, onClose, children, bare = false, className = '' }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => { // closed while it is still in the document: only then does it give the focus back
    const dialog = ref.current;
    dialog?.showModal();
    (dialog?.querySelector<HTMLElement>('input, [data-first]') ?? dialog)?.focus();
    return () => { dialog?.close(); };
  }, []);
  const closeOutside = (event: MouseEvent) => { if (event.target === ref.current) onClose(); };
  return (
    <dialog ref={ref} tabIndex={-1} className={`dialog ${className}`} aria-label={title} onClick={closeOutside} onCancel={(event) => { event.preventDefault(); onClose(); }} onKeyDown={(event) => { event.stopPropagation(); }}>
      {bare ? children : (
        <>
          <header>
            <h2>{title}</h2>
            <IconButton label="Close" onClick={onClose}><X size={18} /></IconButton>
          </header>
          <div className="body">{children}</div>
        </>
      )}
    </dialog>
  );
}

interface ConfirmProps {
  title: string;
  /** What will be so afterwards. */
  children: ReactNode;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ title, children, action, onConfirm, onClose }: ConfirmProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="form">
        <p>{children}</p>
        <div className="row end">
          <button type="button" className="button" data-first onClick={onClose}>Cancel</button>
          <button type="button" className="button main" onClick={() => { onConfirm(); onClose(); }}>{action}</button>
        </div>
      </div>
    </Dialog>
  );
}
