/** How Pods are named whose names are generated: by the objects that control them; pure. */
import type { KubernetesObject } from "../api/types/kinds.ts";
import type { Pod } from "../api/types/pod.ts";

/**
 * The names of Pods beside their own: `web#2` is the second Pod that `web` has had, and `web/*` is
 * each of them.
 */
export class PodNames {
  readonly #counts = new Map<string, number>();
  /** By uid; the more specific first. */
  readonly #names = new Map<string, readonly string[]>();

  /** Takes a Pod that has appeared, with the objects that control it. */
  add({ metadata: { uid = "" } }: Pod, owners: readonly KubernetesObject[]): void {
    const numbered = owners.map(({ metadata: { name } }) => {
      const number = (this.#counts.get(name) ?? 0) + 1;
      this.#counts.set(name, number);
      return `${name}#${number}`;
    });
    this.#names.set(uid, [...numbered, ...owners.map(({ metadata }) => metadata.name)]);
  }

  /** A Pod is gone: nothing asks for its names any more. */
  forget({ metadata: { uid = "" } }: Pod): void {
    this.#names.delete(uid);
  }

  /** An object that has controlled Pods is gone, and none of that name comes again. */
  forgetOwner(name: string): void {
    this.#counts.delete(name);
  }

  /** Its own name, `web#2`, and the names of what controls it. */
  namesOf({ metadata: { uid = "", name } }: Pod): readonly string[] {
    return [name, ...this.#names.get(uid) ?? []];
  }

  /** Whether a Pod is meant by `NAME`, `OWNER#2` or `OWNER/*`. */
  isNamed(text: string, pod: Pod): boolean {
    if (text.endsWith("/*")) return this.namesOf(pod).slice(1).includes(text.slice(0, -2));
    return text === pod.metadata.name || (text.includes("#") && this.namesOf(pod).includes(text));
  }
}

/** The name of a manifest's object in `web#2`, `web/*` or `web#2/container`. */
export function objectNameOf(text: string): string {
  return text.replace(/\/\*$/, "").replace(/#\d+(?=\/|$)/, "");
}
