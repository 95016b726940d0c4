import { errors, fieldErrors, type ErrorCode, type FieldErrorCode } from './errors.js';
import { ApiProperty } from '@nestjs/swagger';

export class FieldProblem {
  /** Where in the request, as a dotted path.
   * @example "email" */
  field: string;

  @ApiProperty({ enum: Object.keys(fieldErrors), enumName: 'FieldErrorCode', example: 'required' })
  code: FieldErrorCode;

  /** For people.
   * @example "email is required" */
  message: string;
}

/** An RFC 9457 problem: how every refusal looks over HTTP. */
export class Problem {
  /** Identifies the kind of problem; `urn:verbatim:error:` and the code.
   * @example "urn:verbatim:error:invalid_input" */
  type: string;

  /** What the code means, in one sentence. @example "Some fields are not acceptable" */
  title: string;

  /** The HTTP status. @example 422 */
  status: number;

  @ApiProperty({ enum: Object.keys(errors), enumName: 'ErrorCode', example: 'invalid_input' })
  code: ErrorCode;

  /** What happened this time. @example "email is required" */
  detail: string;

  /** Found again in the server's log. @example "019a9f6e-5b1c-7cc3-9d5e-0f6a3c1d2b4e" */
  requestId: string;

  /** One entry for each field that is not acceptable. */
  errors?: FieldProblem[];
}
