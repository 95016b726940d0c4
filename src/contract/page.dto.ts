import { IsString, Matches, MaxLength } from 'class-validator';
import { QueryInteger, Optional } from './fields.js';

/** Where a page ended. */
export function Cursor(): PropertyDecorator {
  return (target, property) => {
    Optional()(target, property);
    IsString()(target, property);
    MaxLength(500)(target, property);
    Matches(/^[A-Za-z0-9_-]+$/)(target, property);
  };
}

export class PageQuery {
  /** `nextCursor` of the page before.
   * @example "WzIsImFsaWNlIl0" */
  @Cursor()
  cursor?: string;

  /** How many at most. */
  @QueryInteger({ min: 1, max: 100, default: 50 })
  limit?: number;
}
