import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '../contract/errors.js';

export const REFUSALS = 'x-verbatim-refusals';

/** The refusals of one operation, besides those that every operation shares. They appear in the document with an example each. */
export const Refuses = (...codes: ErrorCode[]): MethodDecorator => applyDecorators(ApiExtension(REFUSALS, codes));
