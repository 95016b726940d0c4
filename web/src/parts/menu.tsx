import type { ReactNode } from 'react';
import * as Radix from '@radix-ui/react-dropdown-menu';

interface MenuProps {
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
}

/** Not modal: the modal kind locks scrolling with an injected <style>, which our content security policy forbids. */
export function Menu({ trigger, children, align = 'end', open, onOpenChange }: MenuProps) {
  return (
    <Radix.Root modal={false} open={open} onOpenChange={onOpenChange}>
      <Radix.Trigger asChild>{trigger}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content className="menu" align={align} sideOffset={4} collisionPadding={8} loop>{children}</Radix.Content>
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
