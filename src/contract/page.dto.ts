import { IsString, Matches, MaxLength } from 'class-validator';
import { QueryInteger, Optional } from './fields.js';

export class PageQuery {
  /** `nextCursor` of the page before.
   * @example "WzIsImFsaWNlIl0" */
  @Optional()
  @IsString()
  @MaxLength(500)
  @Matches(/^[A-Za-z0-9_-]+$/)
  cursor?: string;

  /** How many at most. */
  @QueryInteger({ min: 1, max: 100, default: 50 })
  limit?: number;
}
