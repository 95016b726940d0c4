// Ids come in one form, wherever they come in: a field that is checked with @IsUUID alone would let capital letters through.
import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';

type Dto = new () => object;

const folder = new URL('../../src/', import.meta.url).pathname;
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
const small = '019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e';
const capitals = small.toUpperCase();

const metadataOf = (type: Dto) => getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
const named = /^(id|room|epoch|.*Ids?)$/;

async function dtos(): Promise<Dto[]> {
  const modules = await Promise.all(sources.filter((file) => /^contract\/.*\.dto\.ts$/.test(file)).map((file) => import(`../../src/${file}`) as Promise<object>));
  return modules.flatMap((module) => Object.values(module) as unknown[])
    .filter((one): one is Dto => typeof one === 'function' && one.prototype !== undefined && metadataOf(one as Dto).length > 0);
}

it('takes ids in capital letters as the same ids, in every field of every class', async () => {
  const fields = (await dtos()).flatMap((type) => metadataOf(type)
    .filter(({ name, propertyName }) => name === 'isUuid' || named.test(propertyName))
    .map(({ propertyName, each, name }) => ({ type, propertyName, each: each || name === 'arrayUnique' || /Ids$/.test(propertyName) })));
  expect(fields.length).toBeGreaterThan(20);
  for (const { type, propertyName, each } of fields) {
    const made = plainToInstance(type, { [propertyName]: each ? [capitals] : capitals }) as Record<string, unknown>;
    expect([type.name, propertyName, made[propertyName]]).toEqual([type.name, propertyName, each ? [small] : small]);
  }
});

describe('the sources', () => {
  const lines = sources.flatMap((file) => readFileSync(`${folder}${file}`, 'utf8').split('\n').map((line) => `${file}: ${line.trim()}`));

  it('check ids with Id() and nothing else', () => {
    expect(lines.filter((line) => /@IsUUID|ParseUUID/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes('IsUUID(') && !line.startsWith('contract/fields.ts')).filter((line) => !line.includes('isUUID('))).toEqual([]);
  });

  it('describe the parameters of every route by a class, so that its ids pass through Id()', () => {
    expect(lines.filter((line) => /@(Param|Query|Body|MessageBody)\(\s*[^)\s]/.test(line))).toEqual([]);
  });
});
