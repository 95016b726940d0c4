type Listener<Payload> = (payload: Payload) => void;

/** Typed events. A listener that throws does not stop the others: its error surfaces by itself. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<Listener<never>>>();

  /** Returns how to stop listening. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const known = this.listeners.get(name) ?? new Set();
    this.listeners.set(name, known.add(listener));
    return () => { known.delete(listener); };
  }

  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])] as Listener<Events[Name]>[]) callSafely(() => { listener(payload); });
  }
}

/** Somebody's mistake in a listener is reported as such, and never becomes a lost message of ours. */
function callSafely(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => { throw error; });
  }
}

/** Something with a version that rises with each change. Who subscribed is told once for all changes of one turn. */
export class Watched {
  private readonly watchers = new Set<() => void>();
  private telling = false;
  private count = 0;

  /** Rises with each change. */
  get version(): number {
    return this.count;
  }

  /** Returns how to unsubscribe. Bound, so that it can be handed on as it is. */
  readonly subscribe = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => { this.watchers.delete(watcher); };
  };

  protected changed(): void {
    this.count += 1;
    if (this.telling) return;
    this.telling = true;
    queueMicrotask(() => {
      this.telling = false;
      for (const watcher of [...this.watchers]) callSafely(watcher);
    });
  }
}
