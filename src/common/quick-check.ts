import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, ValidationTypes, type ValidationArguments } from 'class-validator';

type Body = Record<string, unknown>;
type Dto = new () => object;
type Check = (value: unknown, body: Body) => boolean;
type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];

/** The rules of class-validator that most texts have to keep, and a look that settles it for most of them. What it does not settle, class-validator judges. */
const surelyKept: Partial<Record<string, (text: string, constraints: unknown[]) => boolean>> = {
  // It counts what is seen: three units at most make one.
  minLength: (text, [least]) => text.length > 3 * ((least as number) - 1),
  maxLength: (text, [most]) => text.length <= (most as number),
  matches: (text, [pattern]) => pattern instanceof RegExp && !pattern.global && !pattern.sticky && pattern.test(text),
};
const usualId = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

const compiled = new Map<unknown, ((body: unknown) => object | undefined) | null>();

/**
 * A body that is surely valid, as an instance of its class; undefined: ask class-validator, which also knows what is wrong.
 * The rules are those of class-validator, looked up once for each class and not once for each request. Bodies with
 * nested values and classes that transform what they are given are left to it as well.
 */
export function quicklyChecked(body: unknown, type: unknown): object | undefined {
  let check = compiled.get(type);
  if (check === undefined) compiled.set(type, (check = isDto(type) && keepsWhatItIsGiven(type) ? compile(type) : null));
  return check?.(body);
}

function isDto(type: unknown): type is Dto {
  return typeof type === 'function' && metadataOf(type as Dto).length > 0;
}

function metadataOf(type: Dto): Metadata[] {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}

/** Tried out, for what a class transforms is not to be looked up: white space, letters of either case and form, numbers in text. */
function keepsWhatItIsGiven(type: Dto): boolean {
  const rules = metadataOf(type);
  const names = [...new Set(rules.map(({ propertyName }) => propertyName))];
  const ids = new Set(rules.filter(({ name }) => name === 'isUuid').map(({ propertyName }) => propertyName)); // These are looked at as ids below.
  return [' 7Ee\u0301 ', '7', 7, true, '019A9F6E-5B1C-7CC3-9D5E-0F6A3C1D2B4E'].every((value) => {
    const made = plainToInstance(type, Object.fromEntries(names.map((name) => [name, value]))) as Body;
    return names.every((name) => ids.has(name) || made[name] === value);
  });
}

function compile(type: Dto): (body: unknown) => object | undefined {
  const checks = new Map<string, Check>();
  const rulesByName = getMetadataStorage().groupByPropertyName(metadataOf(type));
  for (const [name, rules] of Object.entries(rulesByName)) checks.set(name, checkOf(rules, type.name));
  const names = [...checks.keys()];
  return (body) => {
    if (!isPlain(body) || !Object.keys(body).every((key) => checks.has(key) && !isNested(body[key]))) return undefined;
    return names.every((name) => checks.get(name)?.(body[name], body)) ? Object.assign(new type(), body) : undefined;
  };
}

/** All rules of one field. A condition that does not hold spares it the others. */
function checkOf(rules: readonly Metadata[], targetName: string): Check {
  const conditions = rules.filter(({ type }) => type === ValidationTypes.CONDITIONAL_VALIDATION).map(conditionOf);
  const tests = rules.filter(({ type }) => type !== ValidationTypes.CONDITIONAL_VALIDATION).flatMap((rule) => testsOf(rule, targetName));
  return (value, body) => !conditions.every((holds) => holds(value, body)) || tests.every((test) => test(value, body));
}

function conditionOf({ constraints }: Metadata): Check {
  const [condition] = constraints as [(body: Body, value: unknown) => boolean];
  return (value, body) => condition(body, value);
}

/** A rule of another kind, for each of many values, for nested ones or with a condition of its own, is never surely kept. */
function testsOf(rule: Metadata, targetName: string): Check[] {
  if (rule.type !== ValidationTypes.CUSTOM_VALIDATION || rule.each || rule.validateIf !== undefined) return [() => false];
  // Id() brings capital letters into small ones, so any other form of an id is left to class-transformer.
  if (rule.name === 'isUuid') return [(value) => typeof value === 'string' && usualId.test(value)];
  const [constraints, surely] = [rule.constraints as unknown[], surelyKept[rule.name ?? '']];
  return getMetadataStorage().getTargetValidatorConstraints(rule.constraintCls).map(({ instance }) => (value, object) => {
    if (typeof value === 'string' && surely?.(value, constraints) === true) return true;
    const details: ValidationArguments = { value, constraints, object, property: rule.propertyName, targetName };
    return instance.validate(value, details) === true;
  });
}

function isPlain(body: unknown): body is Body {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype;
}

function isNested(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
