/**
 * The folder of a node's own Pods: what its files hold, and when that changes.
 *
 * Rule: Kubernetes, pkg/kubelet/config/file.go and file_linux.go. `Differs:` a file that cannot be
 * read any more leaves its Pods as they are until it can be, or is gone; the kubelet ends them when
 * it looks at the whole folder again.
 */
import type { ManifestError } from "../../api/manifest/manifest.ts";
import { parseManifest } from "../../api/manifest/manifest.ts";
import { findApiReference, toStaticPod } from "../../api/scheduling/static_pod.ts";
import { duplicate, type FieldError, forbidden, invalid } from "../../api/types/errors.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { MachineAdvice } from "../../apiserver/resource/context.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import { formatDate } from "../../base/go_text.ts";
import {
  checkDocuments,
  formatManifestErrors,
  type SourceDocument,
} from "../manifest/manifests.ts";
import { joinPath } from "../manifest/paths.ts";
import { describeFailure } from "../output/failure.ts";

/** A request may have as much. */
const MAX_BYTES = 3 * 1024 * 1024;

/** How long a folder is left alone after a change: a file may be written in several steps. */
const SETTLING_MS = 100;
/** When a folder is looked at though nothing was reported, as by the kubelet. */
const LOOK_MS = 20_000;
/** When one that is not there is looked for. */
const ABSENT_MS = 1000;

/** What makes a {@link ManifestFolder}. */
export interface ManifestFolderOptions {
  /** Absolute. */
  readonly path: string;
  /** As the user named it. */
  readonly name: string;
  readonly nodeName: string;
  /** What this machine makes of a Pod. */
  readonly adviseOn: (pod: Pod) => MachineAdvice;
  /** The wall clock is its own. */
  readonly clock: Clock;
  /** Gets a line for what is wrong, once for each version of a file. */
  readonly warn: (line: string) => void;
}

/** One file as it was read last. */
interface KnownFile {
  readonly bytes: Uint8Array;
  /** Of this version, or of the last one that could be read. */
  readonly documents: readonly StaticDocument[];
}

/** One Pod of a file. */
interface StaticDocument {
  readonly pod: Pod;
  readonly document: SourceDocument;
}

/** Reads a folder again and again. */
export class ManifestFolder {
  readonly #options: ManifestFolderOptions;
  #files = new Map<string, KnownFile>();
  /** Lines about what is not the content of one file, reported already. */
  #reported = new Set<string>();

  /** Has read nothing. */
  constructor(options: ManifestFolderOptions) {
    this.#options = options;
  }

  /** The Pods that its files hold now. */
  async read(): Promise<readonly Pod[]> {
    const reports = new Set<string>();
    const files = new Map<string, KnownFile>();
    for (const file of this.#list(reports)) {
      const known = await this.#readFile(file, reports);
      if (known !== undefined) files.set(file, known);
    }
    this.#files = files;
    const pods = this.#collect(reports);
    for (const line of reports) if (!this.#reported.has(line)) this.#options.warn(line);
    this.#reported = reports;
    return pods;
  }

  /** Calls back with the Pods whenever they may be others, until the signal. */
  async follow(onPods: (pods: readonly Pod[]) => void, signal: AbortSignal): Promise<void> {
    const clock = systemClock();
    while (!signal.aborted) {
      // Before it is read: no change is missed between.
      using watcher = this.#watch();
      const pods = await this.read();
      if (signal.aborted) return;
      onPods(pods);
      const isOver = new AbortController();
      const either = AbortSignal.any([signal, isOver.signal]);
      void firstChange(watcher).then(() => isOver.abort());
      await pause(clock, watcher === undefined ? ABSENT_MS : LOOK_MS, either);
      await pause(clock, SETTLING_MS, signal);
    }
  }

  #watch(): Deno.FsWatcher | undefined {
    try {
      return Deno.watchFs(this.#options.path, { recursive: false });
    } catch {
      // It is not there, or may not be read: what reads it reports that.
      return undefined;
    }
  }

  #list(reports: Set<string>): string[] {
    const { path, name } = this.#options;
    try {
      return [...Deno.readDirSync(path)].filter((it) => !it.isDirectory)
        .map((it) => it.name).filter((it) => !isTemporary(it)).sort();
    } catch (error) {
      const why = error instanceof Deno.errors.NotFound
        ? "it is not there; its Pods begin when it is"
        : describeFailure(error);
      reports.add(`--manifests: ${name}: ${why}`);
      return [];
    }
  }

  async #readFile(file: string, reports: Set<string>): Promise<KnownFile | undefined> {
    const { path, name, warn } = this.#options;
    const known = this.#files.get(file);
    const read = await readFile(`${path}/${file}`);
    if (read === undefined) return undefined;
    if ("refusal" in read) {
      reports.add(`${joinPath(name, file)}: cannot be read: ${read.refusal}`);
      return known;
    }
    const { bytes } = read;
    if (known !== undefined && isSame(bytes, known.bytes)) return known;
    const { documents, errors, warnings } = await this.#parse(joinPath(name, file), bytes);
    for (const line of [...formatManifestErrors(errors), ...warnings]) warn(line);
    return { bytes, documents: errors.length === 0 ? documents : known?.documents ?? [] };
  }

  async #parse(file: string, bytes: Uint8Array) {
    const { nodeName, adviseOn, clock, path } = this.#options;
    const manifest = parseManifest(bytes, { file });
    const errors: ManifestError[] = manifest.errors.map((it) => ({ ...it, file }));
    const warnings: string[] = [];
    const documents: StaticDocument[] = [];
    const seen = formatDate(clock.wallTime(clock.now()));
    const wrongKind = (kind: string) => invalid("kind", kind, "only Pods can be in this folder");
    for (const { locate, other } of manifest.others) {
      errors.push({ ...locate(wrongKind(other.kind)), file });
    }
    for (const document of manifest.documents) {
      const { object, locate } = document;
      const add = (error: FieldError) => errors.push({ ...locate(error), file });
      if (object.kind !== "Pod") {
        add(wrongKind(object.kind));
        continue;
      }
      const uid = await hashOf(JSON.stringify([nodeName, file, object]));
      const pod = toStaticPod(object, { nodeName, uid, seen });
      const reference = findApiReference(object);
      if (reference !== undefined) {
        add(forbidden(reference[0], `static pods may not reference ${reference[1]}`));
      }
      const advice = adviseOn(pod);
      advice.errors.forEach(add);
      warnings.push(...advice.warnings.map((it) => `${file}: warning: ${it}`));
      documents.push({ pod, document: { ...document, folder: path } });
    }
    const pods = new Map(documents.map((it) => [it.document, it.pod]));
    errors.push(...checkDocuments([...pods.keys()], (it) => pods.get(it)!));
    if (documents.length === 0 && errors.length === 0) {
      errors.push({ file, field: "", reason: "Syntax", message: "no Pod in it" });
    }
    return { documents, errors, warnings };
  }

  /** Of two Pods of one name the first counts. */
  #collect(reports: Set<string>): readonly Pod[] {
    const pods = new Map<string, Pod>();
    for (const { documents } of this.#files.values()) {
      for (const { pod, document: { file, object, locate } } of documents) {
        const key = `${pod.metadata.namespace}/${pod.metadata.name}`;
        if (!pods.has(key)) pods.set(key, pod);
        else {
          const error = locate(duplicate("metadata.name", object.metadata.name));
          for (const line of formatManifestErrors([{ ...error, file }])) reports.add(line);
        }
      }
    }
    return [...pods.values()];
  }
}

/** What editors leave beside a file while they write it, and hidden files, as for the kubelet. */
function isTemporary(name: string): boolean {
  return /^\.|^#.*#$|~$|\.(sw[a-z]|tmp|bak|orig|new|part)$|^4913$/.test(name);
}

/** A file, or why it is not read; undefined: it has gone since the folder was listed. */
async function readFile(
  path: string,
): Promise<{ readonly bytes: Uint8Array } | { readonly refusal: string } | undefined> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // Reading a pipe or a device may never end.
    if (!isFile) return { refusal: "it is not a file" };
    if (size > MAX_BYTES) return { refusal: "it is larger than 3 MiB" };
    return { bytes: await Deno.readFile(path) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    return { refusal: describeFailure(error) };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** 32 hexadecimal digits, as the kubelet's. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(digest).toHex().slice(0, 32);
}

/** Resolves at the first change, or when the watcher is closed. */
async function firstChange(watcher: Deno.FsWatcher | undefined): Promise<void> {
  if (watcher === undefined) return await new Promise(() => {});
  for await (const { kind } of watcher) if (kind !== "access") return;
}

/** Ends early at the signal. */
async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  await clock.sleepUntil(clock.now() + ms, signal).catch((error) => {
    if (!signal.aborted) throw error;
  });
}
