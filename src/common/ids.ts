import { v7 } from 'uuid';

/** A UUIDv7: unique everywhere, and in the order of making, which keeps indexes dense. Made here because PostgreSQL 14 cannot. */
export const newId = (): string => v7();
