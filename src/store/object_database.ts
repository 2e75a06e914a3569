/**
 * Objects in an SQLite database, which Deno has built in; only a server that keeps them loads it.
 *
 * SQLite gives atomic commits, a checksum on each page of its write-ahead log, recovery at any
 * byte, and compaction. It commits with `synchronous=NORMAL`, which leaves one thing out: that the
 * log is on the disk. That is asked for here after each commit, as `FULL` would, but beside the
 * event loop, which goes on meanwhile.
 */
import { kindNameOf } from "../api/kinds/kinds.ts";
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { StoreChange } from "./history.ts";
import type { KeptObjects, ObjectDatabase } from "./journal.ts";

/** The form of the tables. */
const FORMAT = 1;

/** A database that cannot be used, in words for people. */
export class DatabaseError extends Error {
  /** Says why. */
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "DatabaseError";
  }
}

/** Pages of the log that make SQLite write them into the database: 16 MiB. */
const LOG_PAGES = 4096;
/** SQLite's own choice. */
const PAGE_BYTES = 4096;

/** As SQLite numbers its errors. */
const SQLITE_FULL = 13;

const TABLES = `
  CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE objects (
    place INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    namespace TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, namespace, name)
  );
  PRAGMA user_version = ${FORMAT};
`;

type Sqlite = typeof import("node:sqlite");
type Statfs = typeof import("node:fs").statfsSync;
type Database = InstanceType<Sqlite["DatabaseSync"]>;
type Statement = ReturnType<Database["prepare"]>;

/** An open database; its user holds the lock of its folder. */
export class SqliteDatabase implements ObjectDatabase {
  readonly #path: string;
  /** Undefined until it is loaded. */
  #statfs: Statfs | undefined;
  #loading: Promise<void> | undefined;
  readonly #database: Database;
  readonly #log: Deno.FsFile;
  readonly #put: Statement;
  readonly #remove: Statement;
  readonly #setFact: Statement;

  /**
   * Opens a database, or makes one.
   *
   * @param path where it is or is to be; its log is beside it.
   * @throws {DatabaseError} where it is damaged, or of a newer form.
   */
  static async open(path: string): Promise<SqliteDatabase> {
    const sqlite = await import("node:sqlite");
    return explaining(path, () => new SqliteDatabase(path, openDatabase(path, sqlite)));
  }

  private constructor(path: string, database: Database) {
    this.#path = path;
    this.#database = database;
    this.#put = database.prepare(
      "INSERT INTO objects (kind, namespace, name, body) VALUES (?, ?, ?, ?) " +
        "ON CONFLICT (kind, namespace, name) DO UPDATE SET body = excluded.body",
    );
    this.#remove = database.prepare(
      "DELETE FROM objects WHERE kind = ? AND namespace = ? AND name = ?",
    );
    this.#setFact = database.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?)");
    // The log is there from the first write on, and stays.
    this.setFact("opened", Number(this.readFact("opened") ?? 0) + 1);
    this.#log = Deno.openSync(`${path}-wal`, { read: true, write: true });
    syncFolder(path.slice(0, path.lastIndexOf("/")));
  }

  /**
   * Everything that is kept.
   *
   * @throws {DatabaseError} where that cannot be read.
   */
  load(): KeptObjects {
    return explaining(this.#path, () => {
      const objects: KubernetesObject[] = [];
      for (
        const { body } of this.#database.prepare("SELECT body FROM objects ORDER BY place")
          .iterate()
      ) {
        objects.push(JSON.parse(String(body)));
      }
      return { version: Number(this.readFact("version") ?? 0), objects };
    });
  }

  /** One of a few values beside the objects; undefined: it has never been set. */
  readFact(name: string): string | number | undefined {
    const row = this.#database.prepare("SELECT value FROM facts WHERE name = ?").get(name);
    const value = row?.["value"];
    return typeof value === "string" || typeof value === "number" ? value : undefined;
  }

  /** Sets such a value. */
  setFact(name: string, value: string | number): void {
    this.#setFact.run(name, value);
  }

  /** As {@link ObjectDatabase.write}. */
  write(changes: Iterable<StoreChange>, version: number): void {
    this.#database.exec("BEGIN");
    try {
      for (const { type, object } of changes) {
        const { namespace = "", name } = object.metadata;
        const kind = kindNameOf(object);
        if (type === "DELETED") this.#remove.run(kind, namespace, name);
        else this.#put.run(kind, namespace, name, JSON.stringify(object));
      }
      this.#setFact.run("version", version);
      this.#database.exec("COMMIT");
    } catch (error) {
      // Some failures have ended the transaction already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** As {@link ObjectDatabase.sync}. */
  sync(): Promise<void> {
    return this.#log.syncData();
  }

  /**
   * As {@link ObjectDatabase.readFree}; root may use what is set aside for it. Empty pages of the
   * database count: its file does not become smaller by deletions. The first call only loads what
   * reads it, which would be a fifth of a server's start.
   */
  readFree(): number {
    this.#loading ??= this.#loadStatfs();
    if (this.#statfs === undefined) return Infinity;
    const { bsize, bavail, bfree } = this.#statfs(this.#path);
    const free = bsize * (Deno.uid() === 0 ? bfree : bavail);
    // What fills pages that deletions have left goes through the log, which has to have its size.
    return free + this.#log.statSync().size < LOG_PAGES * PAGE_BYTES
      ? free
      : free + this.#countEmptyPages() * PAGE_BYTES;
  }

  #countEmptyPages(): number {
    return Number(this.#database.prepare("PRAGMA freelist_count").get()?.["freelist_count"] ?? 0);
  }

  async #loadStatfs(): Promise<void> {
    const { statfsSync } = await import("node:fs");
    this.#statfs = statfsSync;
  }

  /** As {@link ObjectDatabase.close}; the log becomes part of the database. */
  close(): void {
    this.#log.close();
    this.#database.close();
  }
}

function openDatabase(path: string, { DatabaseSync }: Sqlite): Database {
  // SQLite gives its log the mode of the database.
  Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 }).close();
  const database = new DatabaseSync(path);
  try {
    // Alone, and from the first look on: without the memory that several processes would share.
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > FORMAT) {
      throw new DatabaseError(
        `${path} was written by a newer podling (format ${version}; this one knows ${FORMAT}): ` +
          "use that one, or another folder",
      );
    }
    database.exec("PRAGMA journal_mode = WAL");
    database.exec(`PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = ${LOG_PAGES}`);
    if (version === 0) database.exec(`BEGIN; ${TABLES} COMMIT`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** That a file is there outlives a power failure only when its folder has been written. */
function syncFolder(path: string): void {
  using folder = Deno.openSync(path);
  folder.syncSync();
}

/** @throws {DatabaseError} */
function explaining<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DatabaseError || !(error instanceof Error)) throw error;
    const isFull = "errcode" in error && error.errcode === SQLITE_FULL;
    throw new DatabaseError(
      isFull
        ? `${path} cannot be opened: the disk is full; make room there`
        : `${path} cannot be read: ${error.message}; restore it from a copy, or name another folder`,
      { cause: error },
    );
  }
}
