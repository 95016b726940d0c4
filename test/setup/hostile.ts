import { isEmail, isUUID } from 'class-validator';
import fc from 'fast-check';
import { resolved, type Schema } from './document.js';

/** One hostile value, written as it will travel; `certain`: by the document nobody may take it. */
export interface Hostile {
  text: string;
  certain: boolean;
}

const hostileTexts = [
  '', ' ', '\n', '\t', 'null', 'undefined', 'NaN', '-Infinity', '0', '-1', '1e309', '9007199254740992', '0x1f', "' OR '1'='1", "'; DROP TABLE users; --", '%', '_', '\\', '%_%', '%%%%%%%%',
  '$1', '$'.concat('{7*7}'), '{{7*7}}', '<script>alert(1)</script>', '../../etc/passwd', '..\\..\\windows', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/html,x', '__proto__', 'constructor', 'toString', 'hasOwnProperty',
  '\u0000', 'a\u0000b', '\u0001', '\u001b[31m', '\u007f', '\u0085', '\u009f', '\ufeff', '\ufffe', '\ufffd', '\u202e\u202d', '\u200b\u200c\u200d', '\u2028\u2029', '\u3164', 'e' + '\u0301'.repeat(500), '\u{1F468}\u200d\u{1F469}\u200d\u{1F467}', '\u{1F600}'.repeat(3000),
  'a'.repeat(10_000), 'İstanbul', 'ﬀ', 'ß', 'Ａ', '\u{10ffff}', 'a@b.c', '@', 'a@b@c.de', '"a b"@example.org', 'https://', 'https://a', '//a', '00000000-0000-0000-0000-000000000000', '019A9F6E-5B1C-7CC3-9D5E-0F6A3C1D2B4E',
];

const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/; // eslint-disable-line no-control-regex -- these are what we send

/** Whether the document itself says no to this text. */
function textIsWrong(text: string, schema: Schema): boolean {
  const { minLength = 0, maxLength = Infinity, format, enum: allowed } = schema;
  const length = [...text].length;
  if (controls.test(text) || !text.isWellFormed() || length < minLength || length > maxLength) return true;
  if (allowed !== undefined) return !allowed.includes(text);
  return (format === 'uuid' && !isUUID(text)) || (format === 'email' && !isEmail(text)) || (format === 'date-time' && Number.isNaN(Date.parse(text)));
}

const nested = (depth: number, [open, close] = ['[', ']']): string => open.repeat(depth) + '1' + close.repeat(depth);

const strangeJson = [
  'null', 'true', 'false', '0', '-1', '1.5', '-0', '1e309', '-1e309', '1e-400', '9007199254740992', '123456789012345678901234567890', '[]', '{}', '[""]', '["a","a"]', '[null]', '[[[]]]', '{"length":1}', '{"toString":1}', '{"then":1}', '{"$gt":""}',
  '{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}', '{"prototype":1}', '{"a":{"__proto__":1}}', nested(18), nested(19), nested(20), nested(21), nested(5000), nested(5000, ['{"a":', '}']),
  '"\\ud800"', '"\\udc00\\ud800"', '"a\\ud83d"', '"\\u0000"', '{"\\ud800":1}', '{"\\u0000":1}', `[${'1,'.repeat(5000)}1]`, `{${Array.from({ length: 2000 }, (_, i) => `"k${i}":${i}`).join()}}`,
];

const typeOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

function jsonIsWrong(json: string, schema: Schema): boolean {
  if (json.startsWith('['.repeat(20))) return true;
  const value = JSON.parse(json) as unknown;
  const type = typeOf(value);
  if (type === 'null') return schema.nullable !== true;
  if (/"(__proto__|constructor|prototype|\\u0000|\\ud800)":/.test(json)) return true;
  const wanted = schema.type === 'integer' ? 'number' : (schema.type ?? type);
  if (type !== wanted) return true;
  if (type === 'string') return textIsWrong(value as string, schema);
  if (type === 'number') return numberIsWrong(value as number, schema);
  return type === 'array' && (value as unknown[]).some((one) => jsonIsWrong(JSON.stringify(one), resolved(schema.items ?? {})));
}

function numberIsWrong(value: number, { type, minimum = -Infinity, maximum = Infinity }: Schema): boolean {
  return !Number.isFinite(value) || (type === 'integer' && !Number.isSafeInteger(value)) || value < minimum || value > maximum;
}

/** Values for one field of a JSON body. */
export function hostileJson(declared: Schema): { values: fc.Arbitrary<Hostile>; always: Hostile[] } {
  const schema = resolved(declared);
  const judged = (text: string): Hostile => ({ text, certain: jsonIsWrong(text, schema) });
  const made = [...hostileTexts.map((text) => JSON.stringify(text)), ...strangeJson].map(judged);
  const invented = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }).map((text) => JSON.stringify(text)), fc.double({ noNaN: true, noDefaultInfinity: true }).map(String), fc.jsonValue({ maxDepth: 4 }).map((value) => JSON.stringify(value)));
  const values = fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...made) }, { weight: 1, arbitrary: invented.map(judged) });
  return { values, always: ['null', 'true', '7', '[]', '{}', '""', '"\\u0000"', '"\\ud800"'].map(judged) };
}

/** Values for a parameter in the address, encoded or deliberately not. */
export function hostileParameter(declared: Schema): fc.Arbitrary<Hostile> {
  const schema = resolved(declared);
  const judged = (text: string): Hostile => ({ text: encodeURIComponent(text.toWellFormed().slice(0, 3000)), certain: parameterIsWrong(text.toWellFormed().slice(0, 3000), schema) });
  const raw = ['%', '%zz', '%f', '%ff', '%c0%af', '%e0%80%80', '%ed%a0%80', '%u0041', '..%2f', '%2e%2e%2f', '..%5c', '%252e', ';a=b', '%3b', '+', '%0d%0aSet-Cookie:%20a=b', '%2500'].map((text): Hostile => ({ text, certain: false }));
  const invented = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }).map(judged);
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...hostileTexts.filter((text) => text !== '').map(judged)) }, { weight: 1, arbitrary: fc.constantFrom(...raw) }, { weight: 1, arbitrary: invented });
}

function parameterIsWrong(text: string, schema: Schema): boolean {
  if (schema.type !== 'integer') return textIsWrong(text, schema);
  return !/^\d+$/.test(text) || numberIsWrong(Number(text), schema);
}

/** What no header may do harm with. Node's own client refuses the bytes that HTTP forbids, so these are the ones it lets through. */
export const hostileHeader: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '*', '0', '-1', 'null', ',', ',,,,', ';', '"', "'", '""', '=', 'a=b; a=c', 'Bearer', 'Bearer ', 'Bearer a.b.c', 'Basic x', '\u00e9\u00ff', '\u0080\u009f', '\t', '%00', '%zz', "' OR 1=1 --", '<script>', '../..', '__proto__', 'https://evil.example', 'a'.repeat(8000), '🙂'.split('').map(() => '\u00f0').join(''), '127.0.0.1, ::1, unknown', 'application/json; charset=', 'application/json; charset=x', 'text/html', 'multipart/form-data', 'q=0.5;;;', 'W/"x"', '1e999', 'NaN'),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).filter((n) => n !== 0x7f).map((n) => String.fromCharCode(n)), maxLength: 100 }),
);

/** Bodies that are wrong as a whole, whatever the operation takes. */
export const hostileBodies: [body: string | Buffer, contentType: string | undefined, certain: boolean][] = [
  ...['{', '}', '{"a"', '{"a":', '{"a":1,}', "{'a':1}", '{a:1}', 'NaN', '{"a":NaN}', '{"a":01}', '{"a":+1}', '{"a":.5}', '"\\x"', '{"a":"\\u12"}', '/* */{}', '{}{}', '\u0000', '{"a":"\u0001"}', 'undefined', '[', ']', '"'].map((body): [string, string, boolean] => [body, 'application/json', true]),
  ...['[]', '[[]]', 'null', '1', '"x"', 'true', '[{}]'].map((body): [string, string, boolean] => [body, 'application/json', true]),
  ...[20, 21, 5000, 60_000].map((depth): [string, string, boolean] => [nested(depth, ['{"a":', '}']).slice(0, 250_000), 'application/json', true]),
  [Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d]), 'application/json', true],
  [Buffer.from([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]), 'application/json', true],
  [Buffer.from('\ufeff{"__proto__":1}'), 'application/json', true],
  ['{"a":1,"a":2,"__proto__":3}', 'application/json', true],
  [`{"a":"${'x'.repeat(256 * 1024)}"}`, 'application/json', true],
  [' '.repeat(256 * 1024 + 1), 'application/json', true],
  ['{}', 'text/plain', true], ['a=b', 'application/x-www-form-urlencoded', true], ['--x\r\n\r\n--x--', 'multipart/form-data; boundary=x', true], ['{}', 'application/json; charset=utf-16', true],
  ['{}', undefined, true], ['<a/>', 'application/xml', true], ['{}', 'application/vnd.api+json', true], ['{}', '///', true], ['{}', '', true], [Buffer.alloc(1000, 0xff), 'application/octet-stream', true],
  ['', 'application/json', false], ['{}', 'application/json', false], ['\ufeff{}', 'application/json', false], ['{"a":1,"a":2}', 'application/json', false], ['   {}   ', 'application/json', false],
];

/** Ways to write a path that another part of a server might read differently. */
export const pathTricks: ((path: string) => string)[] = [
  (path) => `/${path}`, (path) => `${path}/`, (path) => `${path}//`, (path) => `${path}/.`, (path) => `${path}/..`, (path) => `${path}/..%2f`, (path) => `${path}%2f`, (path) => `${path};`, (path) => `${path};a=b`, (path) => `${path}%00`, (path) => `${path}%20`,
  (path) => `${path}.json`, (path) => `${path}%zz`, (path) => `${path}%`, (path) => `${path}#x`, (path) => `${path}?%`, (path) => `${path}?%zz=1`, (path) => `${path}?%00=1`, (path) => `${path}?a=%ff`, (path) => `${path}?__proto__=1`, (path) => `${path}?constructor[prototype]=1`,
  (path) => `${path}?a=1&a=2`, (path) => `${path}?${'a=1&'.repeat(1500)}`, (path) => `${path}?&&&==`, (path) => path.toUpperCase(), (path) => path.replace('/', '/./'), (path) => path.replace('/', '\\'), (path) => path.replaceAll('/', '%2f'), (path) => path.replace(/[a-z]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`),
  (path) => path.replace('/api', '/api/v1/..'), (path) => `/x/..${path}`, (path) => `/%2e%2e${path}`, (path) => `${path}/${'a'.repeat(5000)}`, (path) => `http://evil.example${path}`, (path) => path.replace('v1', 'v1/%61'), (path) => path.replace('v1', 'v2'), (path) => path.slice(0, -1), (path) => `${path}x`, (path) => `${path}?access_token=x`, (path) => path.slice(1) || '*',
];
