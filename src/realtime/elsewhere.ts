/** What other nodes have told about this or that, each of its own. */
export class Elsewhere<Known> {
  private readonly nodes = new Map<string, Map<string, Known>>();

  get(nodeId: string, key: string): Known | undefined {
    return this.nodes.get(nodeId)?.get(key);
  }

  /** Undefined: nothing any more. */
  set(nodeId: string, key: string, known: Known | undefined): void {
    const told = this.nodes.get(nodeId) ?? new Map<string, Known>();
    this.nodes.set(nodeId, told);
    if (known === undefined) told.delete(key);
    else told.set(key, known);
  }

  /** Everything that a node has; returns what it had before. */
  replace(nodeId: string, entries: Iterable<[string, Known]>): Map<string, Known> {
    const before = this.nodes.get(nodeId) ?? new Map<string, Known>();
    this.nodes.set(nodeId, new Map(entries));
    return before;
  }

  /** A node is gone; returns what it had told. */
  forget(nodeId: string): Map<string, Known> {
    const told = this.nodes.get(nodeId) ?? new Map<string, Known>();
    this.nodes.delete(nodeId);
    return told;
  }

  has(key: string): boolean {
    return [...this.nodes.values()].some((told) => told.has(key));
  }

  /** What all of them know of it. */
  all(key: string): Known[] {
    return [...this.nodes.values()].flatMap((told) => told.get(key) ?? []);
  }
}
