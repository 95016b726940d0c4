/** Text as its parts: a few marks that people make anyway, links, and names. Whatever is none of these stays as it was typed. */
export type Part =
  | { kind: 'text' | 'code' | 'block' | 'at'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'strong' | 'em'; parts: Part[] };

/** Blocks and strong words are only begun here: their ends are looked for by hand, so that none is looked for twice. */
const marks = new RegExp([
  '(?<block>```)',
  '`(?<code>[^`\\n]+)`',
  '(?<link>https?:\\/\\/[^\\s<>"`]+)',
  '(?<strong>\\*\\*)(?=\\S)',
  '(?<![\\w*])\\*(?=[^\\s*])(?<em>[^*\\n]*?[^\\s*])\\*(?![\\w*])',
  '(?<![\\w_])_(?=[^\\s_])(?<em2>[^_\\n]*?[^\\s_])_(?![\\w_])',
  '(?<![\\w@.])(?<at>@[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}._-]*[\\p{L}\\p{N}\\p{M}_])?)',
].join('|'), 'gu');

interface Found {
  part: Part;
  /** Where the text goes on after it. */
  end: number;
}

/** In time that grows with the length of the text and no faster, whatever it is. */
export function parse(text: string): Part[] {
  const parts: Part[] = [];
  const ends = new Ends(text);
  const next = new RegExp(marks);
  let from = 0;
  const plain = (to: number) => { if (to > from) parts.push({ kind: 'text', text: text.slice(from, to) }); };
  for (let match = next.exec(text); match !== null; match = next.exec(text)) {
    const { block, strong } = match.groups ?? {};
    const found = block !== undefined ? toBlock(text, match.index, ends) : strong !== undefined ? toStrong(text, match.index, ends) : toPart(match);
    if (block !== undefined || strong !== undefined) next.lastIndex = found?.end ?? match.index + 1;
    if (found === undefined) continue;
    plain(match.index);
    parts.push(found.part);
    from = found.end;
  }
  plain(text.length);
  return parts;
}

/** Finds what closes a mark. Where there was nothing once, there is nothing later in the same stretch either. */
class Ends {
  private noBlockFrom = Infinity;
  private noStrongBefore = 0;
  private lineEnd = 0;

  constructor(private readonly text: string) {}

  block(from: number): number | undefined {
    if (from >= this.noBlockFrom) return undefined;
    const end = this.text.indexOf('```', from);
    if (end >= 0) return end;
    this.noBlockFrom = from;
    return undefined;
  }

  /** On the same line, right after a word. */
  strong(from: number): number | undefined {
    if (from < this.noStrongBefore) return undefined;
    if (this.lineEnd < from - 1) {
      const next = this.text.indexOf('\n', from - 1);
      this.lineEnd = next < 0 ? this.text.length : next;
    }
    const line = this.lineEnd;
    for (let end = this.text.indexOf('**', from); end >= 0 && end < line; end = this.text.indexOf('**', end + 1)) {
      if (/\S/.test(this.text.charAt(end - 1))) return end;
    }
    this.noStrongBefore = line;
    return undefined;
  }
}

/** With or without the name of a language, which stands on the first line. */
function toBlock(text: string, at: number, ends: Ends): Found | undefined {
  const language = /[\w+-]*\n/y;
  language.lastIndex = at + 3;
  const first = language.test(text) ? language.lastIndex : at + 3;
  const end = ends.block(first + 1);
  if (end !== undefined) return { part: { kind: 'block', text: text.slice(first, end).replace(/\n$/, '') }, end: end + 3 };
  const other = first === at + 3 ? undefined : ends.block(at + 4);
  return other === undefined ? undefined : { part: { kind: 'block', text: text.slice(at + 3, other).replace(/\n$/, '') }, end: other + 3 };
}

function toStrong(text: string, at: number, ends: Ends): Found | undefined {
  const end = ends.strong(at + 3);
  return end === undefined ? undefined : { part: { kind: 'strong', parts: parse(text.slice(at + 2, end)) }, end: end + 2 };
}

function toPart({ 0: all, index, groups = {} }: RegExpExecArray): Found | undefined {
  const { code, link, em, em2, at } = groups as Partial<Record<string, string>>;
  const end = index + all.length;
  if (link !== undefined) return toLink(link, index);
  if (code !== undefined) return { part: { kind: 'code', text: code }, end };
  const leaning = em ?? em2;
  if (leaning !== undefined) return { part: { kind: 'em', parts: parse(leaning) }, end };
  return at === undefined ? undefined : { part: { kind: 'at', text: at }, end };
}

/** Only what a browser reads as http or https; the full stop after it belongs to the sentence. */
function toLink(raw: string, index: number): Found | undefined {
  const text = withoutTail(raw);
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? { part: { kind: 'link', text, href }, end: index + text.length } : undefined;
}

/** Without what ends a sentence, and without brackets that were opened before the link. */
function withoutTail(link: string): string {
  let open = 0;
  for (const letter of link) open += letter === '(' ? 1 : letter === ')' ? -1 : 0;
  let end = link.length;
  for (;;) {
    while (end > 0 && '.,;:!?\'*_]}'.includes(link.charAt(end - 1))) end -= 1;
    if (link.charAt(end - 1) !== ')' || open >= 0) return link.slice(0, end);
    open += 1;
    end -= 1;
  }
}

/** As many as a room has in memory and on screen, many times over. */
const mostRemembered = 1000;
const remembered = new Map<string, { rev: number; parts: Part[] }>();

/** The parts of a message, parsed once for each of its revisions. */
export function partsOf({ id, rev, text }: { id: string; rev: number; text: string | null }): readonly Part[] {
  const known = remembered.get(id);
  if (known?.rev === rev) return known.parts;
  const parts = parse(text ?? '');
  remembered.delete(id);
  remembered.set(id, { rev, parts });
  const [oldest] = remembered.keys();
  if (remembered.size > mostRemembered && oldest !== undefined) remembered.delete(oldest);
  return parts;
}

/** The words without their marks, for where there is only one line. */
export function plainText(message: { id: string; rev: number; text: string | null }): string {
  return words(partsOf(message));
}

const words = (parts: readonly Part[]): string => parts.map((part) => ('parts' in part ? words(part.parts) : part.text)).join('');

const longestEmoji = 100;

/** One to three emoji and nothing else are shown large. */
export function isJustEmoji(text: string): boolean {
  if (text.length > longestEmoji) return false;
  const compact = text.replace(/\s/g, '');
  return compact !== '' && [...new Intl.Segmenter().segment(compact)].length <= 3 && /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|\ufe0f|\u200d)+$/u.test(compact);
}
