import type { ReactNode } from 'react';
import { Redirect, useSearchParams } from 'wouter';
import { Waiting } from '../parts/waiting';
import { useSession } from './session';

/** What both doors look like: to the left what this is about, to the right the form. */
export function Gate({ title, children }: { title: string; children: ReactNode }) {
  const { standing } = useSession();
  const [search] = useSearchParams();
  if (standing === 'resuming') return <Waiting />;
  if (standing === 'in') return <Redirect to={inside(search.get('to'))} replace />;
  return (
    <div className="gate">
      <aside className="specimen" aria-label="About Verbatim">
        <p className="brand">Verbatim</p>
        <ol>
          <Line number="1" by="Bob Baker">Is this one of those chats that lose half of what one says on the train?</Line>
          <Line number="2" by="Alice Archer">No. Pull the plug while you type: it arrives once, in order, when you are back.</Line>
          <Line number="3" by="Bob Baker">I tried. Twice. It did.</Line>
        </ol>
        <p>Every message gets its number the moment it is kept. What has a number is on the record, for everyone, in this order.</p>
      </aside>
      <main className="form-side"><div><h1>{title}</h1>{children}</div></main>
    </div>
  );
}

function Line({ number, by, children }: { number: string; by: string; children: string }) {
  return <li><span aria-hidden="true">{number}</span><blockquote><cite>{by}</cite>{children}</blockquote></li>;
}

/** Only our own pages: an address from outside is no reason to go anywhere else. */
function inside(to: string | null): string {
  return to !== null && /^\/(rooms|people|settings)(\/[\w-]*)?$/.test(to) ? to : '/';
}
