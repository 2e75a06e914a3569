/**
 * Makes what a store writes outlive the process. A change is made in memory first and written in
 * the background; those that come while others are on their way to the disk share the next commit.
 * What answers to the outside waits for {@link Journal.settle}. Knows no kind's rules.
 */
import { kindNameOf } from "../api/kinds/kinds.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Clock, Millis } from "../base/clock.ts";
import { messageOf } from "../base/error_text.ts";
import type { Logger } from "../base/log.ts";
import type { StoreChange } from "./history.ts";

/** What a store had when it was used last. */
export interface KeptObjects {
  /** The version of the last change. */
  readonly version: number;
  /** In the order of their coming. */
  readonly objects: readonly KubernetesObject[];
}

/** Where objects are kept. */
export interface ObjectDatabase {
  /**
   * Takes up changes, all of them or none.
   *
   * @param changes of each object the last one.
   * @param version of the last of them all.
   * @throws {Error} with the machine's words; it may be repeated.
   */
  write(changes: Iterable<StoreChange>, version: number): void;
  /** Resolves when what has been written so far outlives a power failure. */
  sync(): Promise<void>;
  /** How much more the disk takes, in bytes. */
  readFree(): number;
  /** Nothing is written any more. */
  close(): void;
}

/** The store cannot keep a write as things stand. */
export class StorageError extends Error {
  /** In words for the person who sent the write. */
  constructor(message: string) {
    super(message);
    this.name = "StorageError";
  }
}

/** What makes a {@link Journal}. */
export interface JournalOptions {
  readonly database: ObjectDatabase;
  readonly clock: Clock;
  /** Gets the version up to which changes are durable. */
  readonly onDurable: (version: number) => void;
  /** Receives what the disk refuses, once each time that begins, and when it takes writes again. */
  readonly log: Logger;
  /**
   * What is left for statuses and deletions when the disk is nearly full: below it nothing is
   * added, in bytes.
   *
   * @default 16 MiB
   */
  readonly reserve?: number;
  /** The reserve may be used, until {@link Journal.guardReserve}. @default false */
  readonly isStarting?: boolean;
  /** When a commit that failed is repeated. @default 1000 */
  readonly retryMs?: Millis;
  /** How long what is known of the room on the disk is good for. @default 100 */
  readonly lookMs?: Millis;
}

/** A commit, and those who wait for it. */
interface Round {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: StorageError) => void;
}

/** What names an object in a database. */
function keyOf(object: KubernetesObject): string {
  const { namespace = "", name } = object.metadata;
  return `${kindNameOf(object)} ${namespace}/${name}`;
}

/** Takes every change of a store, and writes it. */
export class Journal {
  readonly #options: Required<JournalOptions>;
  /** Of each object the last change that is not written. */
  #unwritten = new Map<string, StoreChange>();
  /** The version of the last change noted. */
  #version = 0;
  /** For those who wait for what is unwritten; absent: nothing is, or no one waits. */
  #next: Round | undefined;
  /** For those who wait for what is on its way. */
  #current: Round | undefined;
  #work: Promise<void> | undefined;
  /** Why nothing is added. */
  #refusal: string | undefined;
  /** The last commit failed; what it was to write is in memory. */
  #isFailing = false;
  /** The disk has lost something for good: nothing can be promised any more. */
  #isBroken = false;
  #lookedAt = -Infinity;
  #isStarting: boolean;
  readonly #closed = new AbortController();

  /** Writes nothing yet. */
  constructor(options: JournalOptions) {
    this.#options = {
      reserve: 16 * 1024 * 1024,
      isStarting: false,
      retryMs: 1000,
      lookMs: 100,
      ...options,
    };
    this.#isStarting = this.#options.isStarting;
    this.#look();
  }

  /** Takes a change; it is written soon. */
  note(change: StoreChange): void {
    this.#unwritten.set(keyOf(change.object), change);
    this.#version = change.version;
    if (!this.#isFailing) this.#begin();
  }

  /**
   * Resolves when everything noted so far is durable; undefined: it is.
   *
   * @throws {StorageError} where that cannot be promised; the changes stay in memory, and are
   * written as soon as the disk takes them.
   */
  settle(): Promise<void> | undefined {
    if (this.#isFailing || this.#isBroken) return Promise.reject(this.#refused());
    if (this.#unwritten.size > 0) return (this.#next ??= newRound()).done;
    return this.#current?.done;
  }

  /** Whether the disk takes no writes: what is shown then may not outlive the process. */
  get isFailing(): boolean {
    return this.#isFailing || this.#isBroken;
  }

  /**
   * That something can be written.
   *
   * @param isAdded undefined or true: it takes room; false: it is small, or makes room.
   * @throws {StorageError} where the disk fails, or is nearly full and it takes room.
   */
  checkRoom(isAdded = true): void {
    if (!this.isFailing) this.#look();
    const isKept = isAdded && !this.#isStarting;
    if (this.#refusal !== undefined && (isKept || this.isFailing)) throw this.#refused();
  }

  /** What a server needs itself is there: from now on the reserve is left alone. */
  guardReserve(): void {
    this.#isStarting = false;
    this.#look();
  }

  /** Writes what is left, and closes the database. */
  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#isFailing = false;
    this.#begin();
    await this.#work;
    this.#options.database.close();
  }

  #begin(): void {
    if (this.#isBroken || this.#unwritten.size === 0) return;
    this.#work ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    // What is written by the same piece of code goes together.
    await Promise.resolve();
    try {
      while (this.#unwritten.size > 0 && !this.isFailing) await this.#commit();
    } finally {
      // At once: what is noted from now on begins again.
      this.#work = undefined;
    }
  }

  async #commit(): Promise<void> {
    const { database, onDurable } = this.#options;
    const changes = this.#unwritten;
    const version = this.#version;
    const round = this.#next ?? newRound();
    this.#current = round;
    this.#next = undefined;
    this.#unwritten = new Map();
    try {
      database.write(changes.values(), version);
    } catch (error) {
      for (const [key, change] of this.#unwritten) changes.set(key, change);
      this.#unwritten = changes;
      return this.#fail(round, messageOf(error));
    }
    try {
      await database.sync();
    } catch (error) {
      // The system may have dropped what it could not write: it says so only once.
      this.#isBroken = true;
      return this.#fail(round, messageOf(error));
    }
    this.#current = undefined;
    this.#look();
    onDurable(version);
    round.resolve();
  }

  #fail(round: Round, why: string): void {
    const { log, clock, retryMs } = this.#options;
    this.#current = undefined;
    this.#isFailing = true;
    this.#refuse(
      this.#isBroken
        ? `the disk failed (${why}), and nothing can be kept any more: restart the server`
        : `the disk does not take it (${why}): make room for the data folder`,
    );
    const error = this.#refused();
    round.reject(error);
    this.#next?.reject(error);
    this.#next = undefined;
    const { signal } = this.#closed;
    if (this.#isBroken || signal.aborted) {
      log.error("Cannot keep changes: they end with the server", { objects: this.#unwritten.size });
      return;
    }
    clock.sleepUntil(clock.now() + retryMs, signal).then(() => {
      this.#isFailing = false;
      this.#begin();
    }, () => {}); // The only failure is our own abort.
  }

  /** Whether there is room, asked now and then. */
  #look(): void {
    // The reserve may be used.
    if (this.#isStarting) return;
    const { database, clock, reserve, lookMs } = this.#options;
    const now = clock.now();
    if (now - this.#lookedAt < lookMs) return;
    this.#lookedAt = now;
    if (database.readFree() >= reserve) this.#allow();
    else this.#refuse("the disk of the data folder is full: make room there");
  }

  #refuse(why: string): void {
    if (this.#refusal === undefined) {
      this.#options.log.error("Writes are refused", { because: why });
    }
    this.#refusal = why;
  }

  #allow(): void {
    if (this.#refusal === undefined) return;
    this.#refusal = undefined;
    this.#options.log.info("Writes are accepted again");
  }

  #refused(): StorageError {
    return new StorageError(`the server cannot keep the change: ${this.#refusal}`);
  }
}

function newRound(): Round {
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  // It may be that no one waits.
  done.catch(() => {});
  return { done, resolve, reject };
}
