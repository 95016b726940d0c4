import type { ReactNode } from 'react';
import { Link, useSearchParams } from 'wouter';

/** The address of a door that leads on to `to`. */
export function doorTo(to: string | null, door = '/sign-in'): string {
  return to === null || to === '/' ? door : `${door}?to=${encodeURIComponent(to)}`;
}

/** From one door to the other: both lead to the same place. */
export function OtherDoor({ href, children }: { href: string; children: ReactNode }) {
  const [search] = useSearchParams();
  return <Link href={doorTo(search.get('to'), href)}>{children}</Link>;
}
