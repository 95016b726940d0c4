import { payloadName, pushKey, replyKey, requestKey, type AsyncApiDocument, type AsyncMessage, type AsyncOperation } from './asyncapi.js';
import { aboutAcks, aboutHandshake, clientRule, limits } from './asyncapi-words.js';
import type { JsonSchema } from './json-schema.js';
import { fieldsOf, objectsOf } from './schema-words.js';

/** The AsyncAPI document for people, without any script: our content security policy forbids inline ones, and none is needed. */
export function asyncPage(document: AsyncApiDocument): string {
  const operations = Object.values(document.operations);
  const asked = operations.filter(({ action }) => action === 'receive');
  const pushed = operations.filter(({ action }) => action === 'send');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Verbatim socket events</title>
<link rel="stylesheet" href="/async-docs/page.css">
</head>
<body>
${navigation(asked, pushed, document)}
<main>
<header id="top"><h1>Verbatim socket events</h1>
<p class="lead">The socket door: Socket.IO 4, default namespace, path <code>/socket.io</code>. The same for programs: <a href="/asyncapi.json">asyncapi.json</a>. The other door: <a href="/api-docs">REST</a>.</p></header>
${introduction(document)}
<section id="requests"><h2>Requests</h2>
<p>You ask, the server acks. Besides its own refusals any request may meet ${codes(document['x-common-refusals'])}; an event that is not listed here is <a href="#errors"><code>unknown_event</code></a>.</p>
${asked.map((operation) => request(operation, document)).join('\n')}</section>
<section id="pushes"><h2>Pushes</h2>
<p>The server tells. <span class="tag">durable</span> pushes carry <code>rev</code> and follow the client rule; what the others say need not be caught up on.</p>
${pushed.map((operation) => push(operation, document)).join('\n')}</section>
<section id="schemas"><h2>Objects</h2>
${objectsOf(document.components.schemas).map(([name, schema]) => object(name, schema)).join('\n')}</section>
<section id="errors"><h2>Error codes</h2>
${table(['Code', 'Status', 'Meaning'], Object.entries(document['x-errors']).map(([code, { status, title }]) => [`<code id="error-${code}">${code}</code>`, String(status), escape(title)]))}</section>
</main>
</body>
</html>
`;
}

function navigation(asked: AsyncOperation[], pushed: AsyncOperation[], { components: { schemas } }: AsyncApiDocument): string {
  const list = (links: [href: string, text: string][]): string => `<ul>${links.map(([href, text]) => `<li><a href="#${href}">${text}</a></li>`).join('')}</ul>`;
  return `<nav aria-label="Contents">
<p class="brand"><a href="#top">Verbatim</a></p>
<p><a href="#connecting">Connecting</a></p>${list([['acks', 'Acks'], ['rule', 'The client rule'], ['limits', 'Limits']])}
<p><a href="#requests">Requests</a></p>${list(asked.map(({ title }) => [requestKey(title), title]))}
<p><a href="#pushes">Pushes</a></p>${list(pushed.map(({ title }) => [pushKey(title), title]))}
<p><a href="#schemas">Objects</a></p>${list(objectsOf(schemas).map(([name]) => [`schema-${name}`, name]))}
<p><a href="#errors">Error codes</a></p>
</nav>`;
}

function introduction({ 'x-connect-refusals': refusals }: AsyncApiDocument): string {
  return `<section id="connecting"><h2>Connecting</h2>
<p>${inline(aboutHandshake)}</p>
<p>When it is refused, clients get <code>connect_error</code> with <code>data.code</code>: ${codes(refusals)}.</p></section>
<section id="acks"><h2>Acks</h2><p>${inline(aboutAcks)}</p></section>
<section id="rule"><h2>The client rule</h2><ol>${clientRule.map((line) => `<li>${inline(line)}</li>`).join('')}</ol></section>
<section id="limits"><h2>Limits</h2><ul>${limits.map((line) => `<li>${inline(line)}</li>`).join('')}</ul></section>`;
}

function request({ title, summary, 'x-refusals': refusals = [] }: AsyncOperation, { components: { messages, schemas } }: AsyncApiDocument): string {
  const body = messages[requestKey(title)];
  const reply = messages[replyKey(title)];
  return `<article id="${requestKey(title)}"><h3>${title}</h3><p>${inline(summary)}</p>
<h4>Body ${schemaLink(body?.payload)}</h4>${fieldTable(schemas[payloadName(body?.payload ?? {})])}
<div class="pair"><figure><figcaption>You send</figcaption>${example(body)}</figure><figure><figcaption>The ack ${schemaLink(reply?.payload.oneOf?.[0]?.properties?.data)}</figcaption>${example(reply)}</figure></div>
${refusals.length === 0 ? '' : `<p>Refused with ${codes(refusals)}.</p>`}</article>`;
}

function push({ title, summary, 'x-durable': durable }: AsyncOperation, { components: { messages, schemas } }: AsyncApiDocument): string {
  const message = messages[pushKey(title)];
  return `<article id="${pushKey(title)}"><h3>${title}${durable === true ? ' <span class="tag">durable</span>' : ''}</h3><p>${inline(summary)}</p>
<h4>Payload ${schemaLink(message?.payload)}</h4>${fieldTable(schemas[payloadName(message?.payload ?? {})])}
<figure><figcaption>You hear</figcaption>${example(message)}</figure></article>`;
}

function object(name: string, schema: JsonSchema): string {
  return `<article id="schema-${name}"><h3>${name}</h3>${schema.description === undefined ? '' : `<p>${inline(schema.description)}</p>`}${schema.enum === undefined ? fieldTable(schema) : `<p>One of ${schema.enum.map((value) => `<code>${escape(String(value))}</code>`).join(', ')}</p>`}</article>`;
}

function fieldTable(schema: JsonSchema = {}): string {
  const rows = fieldsOf(schema).map(({ name, type, required, about }) => [`<code>${name}</code>${required ? '' : ' <small>optional</small>'}`, linked(type), inline(about)]);
  return rows.length === 0 ? '<p><code>{}</code></p>' : table(['Field', 'Type', 'About'], rows);
}

const schemaLink = (payload: JsonSchema = {}): string => (payloadName(payload) === 'Nothing' ? '' : linked(`{${payloadName(payload)}}`));

function linked(type: string): string {
  return escape(type).replace(/\{(\w+)\}/g, '<a href="#schema-$1">$1</a>');
}

function example(message: AsyncMessage | undefined): string {
  return `<pre tabindex="0"><code>${escape(JSON.stringify(message?.examples?.[0]?.payload ?? {}, null, 2))}</code></pre>`;
}

const codes = (list: readonly string[]): string => list.map((code) => `<a href="#error-${code}"><code>${code}</code></a>`).join(', ');

function table(heads: string[], rows: string[][]): string {
  const cells = rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('\n');
  return `<div class="table"><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>\n${cells}\n</tbody></table></div>`;
}

/** As much of Markdown as our sentences use. */
const inline = (text: string): string => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>').replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>');

function escape(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}
