import { Injectable } from '@nestjs/common';

const patienceMs = 5000;

/** Whether messages can be stored, by what became of the last attempts. A locked room does not count. */
@Injectable()
export class StorageHealth {
  private storedAt = -Infinity;
  private failingSince: number | undefined;
  private failedAt = -Infinity;

  stored(): void {
    this.storedAt = performance.now();
    this.failingSince = undefined;
  }

  failed(): void {
    this.failedAt = performance.now();
    this.failingSince ??= this.failedAt;
  }

  /** A write went well in the last seconds, so none has to be tried. */
  get isProved(): boolean {
    return performance.now() - this.storedAt < patienceMs;
  }

  /** For five seconds nothing could be stored, and it was tried in the last five. */
  get isDown(): boolean {
    const now = performance.now();
    return this.failingSince !== undefined && now - this.failingSince >= patienceMs && now - this.failedAt < patienceMs;
  }
}
