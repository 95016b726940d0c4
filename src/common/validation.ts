import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import type { FieldErrorCode } from '../contract/errors.js';
import type { FieldProblem } from '../contract/problem.dto.js';
import { quicklyChecked } from './quick-check.js';
import { fieldProblem, invalidInput } from './refusal.js';

/** What each class-validator rule says in our words. A rule that is not here states its code in its own context. */
const codes: Record<string, FieldErrorCode> = {
  whitelistValidation: 'unknown_field',
  isString: 'wrong_type',
  isInt: 'wrong_type',
  isBoolean: 'wrong_type',
  isArray: 'wrong_type',
  isObject: 'wrong_type',
  nestedValidation: 'wrong_type',
  isUuid: 'bad_format',
  isEmail: 'bad_format',
  isUrl: 'bad_format',
  matches: 'bad_format',
  minLength: 'too_short',
  maxLength: 'too_long',
  arrayMaxSize: 'too_long',
  arrayMinSize: 'too_short',
  min: 'too_small',
  max: 'too_large',
  isIn: 'not_allowed',
};

/** Most bodies are valid, and class-validator is slow to say so. What our own decorators give was made here. */
class BodyPipe extends ValidationPipe {
  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value;
    return quicklyChecked(value, metadata.metatype) ?? ((await super.transform(value, metadata)) as unknown);
  }
}

const bodyPipe = validationPipe();

/** For whoever gets a body by another way than Nest's: at once when it is surely valid. */
export function checkedBody(value: unknown, type: unknown): object | Promise<unknown> {
  return quicklyChecked(value, type) ?? bodyPipe.transform(value, { type: 'body', metatype: type as ArgumentMetadata['metatype'] });
}

export function validationPipe(): ValidationPipe {
  return new BodyPipe({
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    transform: true,
    stopAtFirstError: true,
    exceptionFactory: (faults) => invalidInput(faults.flatMap((fault) => problemsOf(fault, ''))),
  });
}

function problemsOf(fault: ValidationError, parent: string): FieldProblem[] {
  const field = parent === '' ? fault.property : `${parent}.${fault.property}`;
  const inside = (fault.children ?? []).flatMap((child) => problemsOf(child, field));
  const [rule] = Object.keys(fault.constraints ?? {});
  return rule === undefined ? inside : [fieldProblem(field, codeOf(rule, fault)), ...inside];
}

function codeOf(rule: string, fault: ValidationError): FieldErrorCode {
  if (rule !== 'whitelistValidation' && fault.value === undefined) return 'required';
  const stated = (fault.contexts?.[rule] as { code?: FieldErrorCode } | undefined)?.code;
  return stated ?? codes[rule] ?? 'bad_format';
}
