/** Where a scenario names Pods and containers, to be compared with its manifest; pure. */
import { allContainers } from "../api/pod_containers.ts";
import { didYouMean, type FieldError } from "../api/types/errors.ts";
import type { Pod } from "../api/types/pod.ts";
import { findNearest } from "../base/nearest.ts";
import { objectNameOf } from "./pod_names.ts";

/** A name, and where it stands. */
export interface NameUse {
  readonly field: string;
  readonly kind: "container" | "any container" | "Pod" | "Pod or container";
  readonly name: string;
}

/** The Pods that a scenario may name. */
export interface NamedPods {
  /** Those of the manifest, and the templates of what manages Pods. */
  readonly templates: readonly Pod[];
  /** Whether something manages Pods, so that their number is not known. */
  readonly isManaged: boolean;
}

/**
 * Whether a container is `POD/CONTAINER`: there is more than one Pod, or something manages Pods.
 */
export function isSeveral({ templates, isManaged }: NamedPods): boolean {
  return isManaged || templates.length > 1;
}

/** Collects names while a scenario is read. */
export class NameUses {
  readonly #uses: NameUse[] = [];
  readonly #counts: { readonly field: string; readonly count: number }[] = [];

  /** Takes a name. */
  add(use: NameUse): void {
    this.#uses.push(use);
  }

  /** Takes how many Pods are expected. */
  addCount(count: { readonly field: string; readonly count: number }): void {
    this.#counts.push(count);
  }

  /** Names that are not among these Pods, each with the nearest that is. */
  findUnknown(named: NamedPods): FieldError[] {
    const { templates, isManaged } = named;
    const pods = templates.map(({ metadata }) => metadata.name);
    const containers = templates.flatMap((pod) =>
      allContainers(pod).map(({ name }) => isSeveral(named) ? `${pod.metadata.name}/${name}` : name)
    );
    const plain = templates.flatMap((pod) => allContainers(pod).map(({ name }) => name));
    const known = {
      "container": containers,
      // Of a fault or a script: its own name is enough.
      "any container": [...plain, ...containers],
      "Pod": pods,
      "Pod or container": [...pods, ...plain],
    };
    return [
      ...this.#uses.filter(({ kind, name }) => !known[kind].includes(objectNameOf(name)))
        .map(({ field, kind, name }) =>
          unknown(field, `${kind.replace("any ", "")} "${name}"`, name, known[kind])
        ),
      ...this.#counts.filter(({ count }) => !isManaged && count > templates.length)
        .map(({ field, count }): FieldError => ({
          field,
          reason: "TooMany",
          message: `${count} statuses for ${templates.length} Pods of the manifest`,
        })),
    ];
  }
}

function unknown(
  field: string,
  what: string,
  name: string,
  known: readonly string[],
): FieldError {
  const hint = known.length === 0 ? {} : didYouMean(findNearest(name, known));
  return { field, reason: "NotFound", message: `there is no ${what}`, ...hint };
}
