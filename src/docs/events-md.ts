import { payloadName, pushKey, replyKey, requestKey, type AsyncApiDocument, type AsyncOperation } from './asyncapi.js';
import type { JsonSchema } from './json-schema.js';
import { fieldsOf, objectsOf } from './schema-words.js';

/** docs/events.md: the event table for people who read the repository. */
export function eventsPage(document: AsyncApiDocument): string {
  const operations = Object.values(document.operations);
  return [
    '<!-- Generated from src/contract/events.ts by "npm run docs". -->',
    '# Socket events',
    document.info.description,
    'The same, for programs: [asyncapi.json](asyncapi.json). A running server shows it at `/async-docs`.',
    '## Requests',
    `Any request may also be refused with ${codes(document['x-common-refusals'])}, and an event that is not listed with \`unknown_event\`.`,
    requestTable(document, operations.filter(({ action }) => action === 'receive')),
    '## Pushes',
    pushTable(document, operations.filter(({ action }) => action === 'send')),
    '## When the handshake is refused',
    `\`connect_error\` with \`data.code\`: ${codes(document['x-connect-refusals'])}.`,
    '## Bodies, answers and payloads',
    ...objectsOf(document.components.schemas).map(([name, schema]) => schemaSection(name, schema)),
    '## Error codes',
    table(['code', 'status', 'means'], Object.entries(document['x-errors']).map(([code, { status, title }]) => [`\`${code}\``, String(status), title])),
  ].join('\n\n') + '\n';
}

function requestTable({ components: { messages } }: AsyncApiDocument, operations: AsyncOperation[]): string {
  return table(['event', 'body', 'answer', 'refused with', 'what it does'], operations.map(({ title, summary, 'x-refusals': refusals = [] }) => {
    const reply = messages[replyKey(title)]?.payload.oneOf?.[0]?.properties?.data ?? {};
    return [`\`${title}\``, linkTo(messages[requestKey(title)]?.payload), linkTo(reply), codes(refusals), summary];
  }));
}

function pushTable({ components: { messages } }: AsyncApiDocument, operations: AsyncOperation[]): string {
  return table(['event', 'payload', 'durable', 'says'], operations.map(({ title, summary, 'x-durable': durable }) =>
    [`\`${title}\``, linkTo(messages[pushKey(title)]?.payload), durable === true ? 'yes' : '', summary]));
}

function linkTo(payload: JsonSchema = {}): string {
  const name = payloadName(payload);
  return name === 'Nothing' ? '`{}`' : `[${name}](#${name.toLowerCase()})`;
}

function schemaSection(name: string, schema: JsonSchema): string {
  if (schema.enum !== undefined) return `### ${name}\n\nOne of ${codes(schema.enum.map(String))}.`;
  const rows = fieldsOf(schema).map(({ name: field, type, required, about }) => [`\`${field}\`${required ? '' : ' (optional)'}`, type.replace(/\{(\w+)\}/g, '$1'), about]);
  return [`### ${name}`, ...(schema.description === undefined ? [] : [schema.description]), table(['field', 'type', ''], rows)].join('\n\n');
}

const codes = (list: readonly string[]): string => list.map((code) => `\`${code}\``).join(', ');

function table(heads: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
