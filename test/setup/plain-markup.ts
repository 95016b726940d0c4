import type { Part } from '../../web/src/conversation/markup.js';

/** What a text consists of, by one regular expression: easily read, and for some texts very slow. The parser of the web client gives the same. */
const marks = new RegExp([
  '```(?:[\\w+-]*\\n)?(?<block>[\\s\\S]+?)```',
  '`(?<code>[^`\\n]+)`',
  '(?<link>https?:\\/\\/[^\\s<>"`]+)',
  '\\*\\*(?=\\S)(?<strong>[^\\n]*?\\S)\\*\\*',
  '(?<![\\w*])\\*(?=[^\\s*])(?<em>[^*\\n]*?[^\\s*])\\*(?![\\w*])',
  '(?<![\\w_])_(?=[^\\s_])(?<em2>[^_\\n]*?[^\\s_])_(?![\\w_])',
  '(?<![\\w@.])(?<at>@[\\p{L}\\p{N}](?:[\\p{L}\\p{N}\\p{M}._-]*[\\p{L}\\p{N}\\p{M}_])?)',
].join('|'), 'gu');

export function slowly(text: string): Part[] {
  const parts: Part[] = [];
  let from = 0;
  const plain = (to: number) => { if (to > from) parts.push({ kind: 'text', text: text.slice(from, to) }); };
  for (const match of text.matchAll(marks)) {
    const part = toPart(match.groups ?? {});
    if (part === undefined) continue;
    plain(match.index);
    parts.push(part);
    from = match.index + (part.kind === 'link' ? part.text.length : match[0].length);
  }
  plain(text.length);
  return parts;
}

function toPart({ block, code, link, strong, em, em2, at }: Partial<Record<string, string>>): Part | undefined {
  if (block !== undefined) return { kind: 'block', text: block.replace(/\n$/, '') };
  if (code !== undefined) return { kind: 'code', text: code };
  if (link !== undefined) return toLink(link);
  if (strong !== undefined) return { kind: 'strong', parts: slowly(strong) };
  const leaning = em ?? em2;
  if (leaning !== undefined) return { kind: 'em', parts: slowly(leaning) };
  return at === undefined ? undefined : { kind: 'at', text: at };
}

/** Only what a browser reads as http or https; the full stop after it belongs to the sentence. */
function toLink(raw: string): Part | undefined {
  const text = withoutTail(raw);
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  return protocol === 'https:' || protocol === 'http:' ? { kind: 'link', text, href } : undefined;
}

function withoutTail(link: string): string {
  const text = link.replace(/[.,;:!?'*_\]}]+$/, '');
  const closing = text.endsWith(')') && (text.match(/\)/g) ?? []).length > (text.match(/\(/g) ?? []).length;
  return closing ? withoutTail(text.slice(0, -1)) : text;
}
