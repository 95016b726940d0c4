import { ApiProperty } from '@nestjs/swagger';
import { errors, type ErrorCode } from './errors.js';
import { FieldProblem } from './problem.dto.js';

/** Why a socket request was refused. */
export class SocketError {
  @ApiProperty({ enum: Object.keys(errors), enumName: 'ErrorCode', example: 'invalid_input' })
  code: ErrorCode;

  /** @example 422 */
  status: number;

  /** @example "Some fields are not acceptable" */
  title: string;

  /** @example "text is too short" */
  detail: string;

  /** @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  requestId: string;

  errors?: FieldProblem[];

  /** Set when it is worth another try. @example 2000 */
  retryAfterMs?: number;
}

/** How every socket request is answered. */
export type Ack<Data> = { ok: true; data: Data } | { ok: false; error: SocketError };
