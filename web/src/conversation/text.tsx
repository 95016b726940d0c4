import { Fragment } from 'react';
import { At } from './at';
import { isJustEmoji, type Part } from './markup';
import { useTabStop } from './reach';

/** What somebody wrote. It becomes elements and text, never HTML: there is nothing to be escaped, and nothing to be forgotten. */
export function Text({ text, parts, edited }: { text: string; parts: readonly Part[]; edited: boolean }) {
  return (
    <div className={`text ${isJustEmoji(text) ? 'large' : ''}`} dir="auto">
      <Parts parts={parts} />
      {edited && <span className="edited"> (edited)</span>}
    </div>
  );
}

function Parts({ parts }: { parts: readonly Part[] }) {
  // The parts of one text never change places, so their place is as good a key as any.
  return parts.map((part, index) => <Fragment key={index}>{draw(part)}</Fragment>);
}

function draw(part: Part) {
  switch (part.kind) {
    case 'text': return part.text;
    case 'code': return <code>{part.text}</code>;
    case 'block': return <Block text={part.text} />;
    case 'at': return <At text={part.text} />;
    case 'link': return <Link text={part.text} href={part.href} />;
    case 'strong': return <strong><Parts parts={part.parts} /></strong>;
    case 'em': return <em><Parts parts={part.parts} /></em>;
  }
}

function Block({ text }: { text: string }) {
  return <pre tabIndex={useTabStop()} aria-label="Code"><code>{text}</code></pre>;
}

function Link({ text, href }: { text: string; href: string }) {
  return <a href={href} tabIndex={useTabStop()} target="_blank" rel="noopener noreferrer">{text}</a>;
}
