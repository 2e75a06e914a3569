/** A database of objects that does as a test says. */
import type { StoreChange } from "../../src/store/history.ts";
import type { ObjectDatabase } from "../../src/store/journal.ts";

/** Takes commits, and leaves their syncs to the test. */
export class ScriptedDatabase implements ObjectDatabase {
  /** `TYPE name` of each commit. */
  readonly commits: string[][] = [];
  readonly syncs: PromiseWithResolvers<void>[] = [];
  free = 1e9;
  failure: string | undefined;
  isClosed = false;

  write(changes: Iterable<StoreChange>): void {
    if (this.failure !== undefined) throw new Error(this.failure);
    this.commits.push(
      Array.from(changes, ({ type, object }) => `${type} ${object.metadata.name}`),
    );
  }

  sync(): Promise<void> {
    const sync = Promise.withResolvers<void>();
    this.syncs.push(sync);
    return sync.promise;
  }

  readFree(): number {
    return this.free;
  }

  close(): void {
    this.isClosed = true;
  }
}
