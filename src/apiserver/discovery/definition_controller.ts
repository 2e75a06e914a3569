/**
 * Decides about definitions: accepts their names, establishes their kinds, and ends them once their
 * objects are gone. An API server does so itself.
 *
 * Rule: Kubernetes, apiextensions-apiserver, pkg/controller/status, establish and finalizer.
 */
import {
  CLEANUP_FINALIZER,
  computeNamesStatus,
  setCondition,
} from "../../api/custom/definition_status.ts";
import { customNameOf } from "../../api/kinds/rows/definition.ts";
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionStatus,
} from "../../api/types/definition.ts";
import type { Clock } from "../../base/clock.ts";
import { stackOf } from "../../base/error_text.ts";
import { formatSecond } from "../../base/go_text.ts";
import type { Logger } from "../../base/log.ts";
import type { Registry } from "../../store/registry.ts";
import { StatusError } from "../../store/status_error.ts";

/** What it decides with. */
export interface DefinitionControllerOptions {
  readonly registry: Registry;
  readonly clock: Clock;
  /** It decides nothing more once it is aborted. */
  readonly closing: AbortSignal;
  /** For our own faults. */
  readonly log: Logger;
}

const KIND = "CustomResourceDefinition";

/** Looks at each definition that changes, soon after the change. */
export class DefinitionController {
  readonly #options: DefinitionControllerOptions;
  /** Names of definitions to look at. */
  readonly #waiting = new Set<string>();
  /** What ends the watches of the objects of definitions that are being deleted. */
  readonly #endings = new Map<string, () => void>();

  /** Looks at nothing yet. */
  constructor(options: DefinitionControllerOptions) {
    this.#options = options;
  }

  /** Looks at what is there, and at all that comes. */
  start(): void {
    const { registry, closing } = this.#options;
    const stop = registry.watch(KIND, ({ type, object }) => {
      this.#ask(object.metadata.name);
      // Its names are free.
      if (type === "DELETED") this.#askOthers(object);
    });
    closing.addEventListener("abort", () => {
      stop();
      for (const end of this.#endings.values()) end();
    }, { once: true });
  }

  /** A watcher does not write while it is being notified. */
  #ask(name: string): void {
    if (this.#waiting.size === 0) queueMicrotask(() => this.#look());
    this.#waiting.add(name);
  }

  #askOthers({ spec, metadata }: CustomResourceDefinition): void {
    for (const other of this.#options.registry.list(KIND)) {
      const isBeside = other.spec.group === spec.group && other.metadata.name !== metadata.name;
      if (isBeside) this.#ask(other.metadata.name);
    }
  }

  #look(): void {
    const { registry, closing, log } = this.#options;
    const names = [...this.#waiting];
    this.#waiting.clear();
    for (const name of names) {
      const definition = registry.get(KIND, "", name);
      if (definition === undefined) this.#forget(name);
      if (definition === undefined || closing.aborted) continue;
      try {
        this.#decide(definition);
      } catch (error) {
        // It has changed meanwhile, and is looked at again.
        if (error instanceof StatusError) continue;
        log.error("Cannot decide about definition", { name, error: stackOf(error) });
      }
    }
  }

  #decide(definition: CustomResourceDefinition): void {
    const { registry } = this.#options;
    if (definition.metadata.deletionTimestamp !== undefined) return this.#end(definition);
    const status = computeNamesStatus(definition, registry.list(KIND), this.#now());
    if (status === undefined) return;
    registry.updateStatus({ ...definition, status });
    this.#askOthers(definition);
  }

  /** Its objects are deleted first; those that something holds are waited for. */
  #end(definition: CustomResourceDefinition): void {
    const { registry } = this.#options;
    const { finalizers = [], name } = definition.metadata;
    if (!finalizers.includes(CLEANUP_FINALIZER)) return;
    const kind = customNameOf(definition);
    if (!this.#endings.has(name)) {
      this.#endings.set(name, registry.watch(kind, () => this.#ask(name)));
    }
    for (const { metadata } of registry.list(kind)) {
      if (metadata.deletionTimestamp !== undefined) continue;
      registry.delete(kind, metadata.namespace ?? "", metadata.name);
    }
    const isEmpty = registry.list(kind).length === 0;
    const [reason, message] = isEmpty
      ? ["InstanceDeletionCompleted", "removed all instances"]
      : ["InstanceDeletionInProgress", "CustomResource deletion is in progress"];
    const condition = { type: "Terminating", status: isEmpty ? "False" : "True", reason, message };
    const status: CustomResourceDefinitionStatus = setCondition(
      definition.status ?? {},
      condition,
      this.#now(),
    );
    const noted = registry.updateStatus({ ...definition, status });
    if (!isEmpty) return;
    const others = finalizers.filter((it) => it !== CLEANUP_FINALIZER);
    const { finalizers: _, ...metadata } = noted.metadata;
    registry.update({
      ...noted,
      metadata: { ...metadata, ...(others.length > 0 && { finalizers: others }) },
    });
  }

  #forget(name: string): void {
    this.#endings.get(name)?.();
    this.#endings.delete(name);
  }

  #now(): string {
    const { clock } = this.#options;
    return formatSecond(clock.wallTime(clock.now()));
  }
}
