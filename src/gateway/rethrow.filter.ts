import { Catch, type ExceptionFilter } from '@nestjs/common';

/** Nest would swallow an error and emit an event of its own; passed on, it reaches the place that answers the ack. */
@Catch()
export class Rethrow implements ExceptionFilter {
  catch(error: unknown): never {
    throw error;
  }
}
