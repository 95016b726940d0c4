import type { ReactNode } from 'react';
import * as Radix from '@radix-ui/react-dropdown-menu';

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  /** Where the focus goes afterwards, when what was chosen has not taken it; by default back to the trigger. */
  restFocus?: () => void;
}

/** For the parts of Radix that give the focus back. */
export function givingFocusTo(rest: (() => void) | undefined) {
  if (rest === undefined) return undefined;
  return (event: Event) => {
    event.preventDefault();
    if (document.activeElement === null || document.activeElement === document.body) rest();
  };
}

/** Not modal: the modal kind locks scrolling with an injected <style>, which our content security policy forbids. */
export function Menu({ trigger, children, align = 'end', open, onOpenChange, restFocus }: MenuProps) {
  return (
    <Radix.Root modal={false} open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8} loop onCloseAutoFocus={givingFocusTo(restFocus)}>{children}</Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

interface ItemProps {
  onSelect: () => void;
  children: ReactNode;
  danger?: boolean;
}

export function MenuItem({ onSelect, children, danger = false }: ItemProps) {
  return <Radix.Item className={danger ? 'danger' : undefined} onSelect={onSelect}>{children}</Radix.Item>;
}

export const MenuLine = Radix.Separator;
