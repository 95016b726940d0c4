import type { ComponentProps } from 'react';

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'aria-label' | 'title'> {
  /** What it does, for those who hear it and as the tooltip for those who see it. */
  label: string;
  small?: boolean;
}

export function IconButton({ label, small = false, className = '', ...rest }: IconButtonProps) {
  return <button type="button" aria-label={label} title={label} className={`icon-button ${small ? 'small' : ''} ${className}`} {...rest} />;
}
