/** How the Pods and containers of a run are named and coloured in its output; pure. */
import type { Pod } from "../../api/types/pod.ts";
import type { ContainerRole } from "../../lifecycle/trace/log_event.ts";
import { formatSubject, type Naming } from "../../report/summary.ts";

/** What stands before the lines of one container. */
export interface ContainerLabel {
  /** With its brackets and without colour, such as `[web]`; empty: nothing stands there. */
  readonly prefix: string;
  /** The number of an SGR escape sequence. */
  readonly colour: number;
  /** It is the only container that is known at the start, and has no prefix. */
  readonly isAlone: boolean;
}

/** Of a Pod's usual name with a container's: what is longer makes no room for itself. */
const WIDEST = 60;

/** What a Deployment's Pods have behind its name: a hash and an ending. */
const GENERATED = "7cf5b8644d-bbbbb";

/** The Pods that are known at the start. */
export interface ExpectedPods {
  /** Of the manifests; each may appear under these names. */
  readonly pods: readonly Pod[];
  /** Whether others will appear. @default false */
  readonly expectsMore?: boolean;
  /** Templates of those: their names begin with the name of what has the template. */
  readonly templates?: readonly Pod[];
}

/** When the container's name stands before its lines; `auto`: when there is more than one. */
export type PrefixMode = "auto" | "always" | "never";

const PREFIX_COLOURS = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94];

/**
 * The names of a run. A label that has been shown stays as it is: a Pod that appears later has a
 * longer name where it needs one, and the column of names may become wider.
 */
export class Labels {
  readonly #prefixMode: PrefixMode;
  /** Of the Pods that are known at the start. */
  readonly #naming: Naming;
  /** By `namespace/name`. */
  readonly #namings = new Map<string, Naming>();
  /** Of all Pods, without their namespaces. */
  readonly #names = new Set<string>();
  /** By `namespace/name/container`. */
  readonly #labels = new Map<string, ContainerLabel>();
  #width = 0;

  /** Names the Pods that are known at the start, as short as distinguishes all. */
  constructor(
    prefixMode: PrefixMode,
    { pods, expectsMore = false, templates = [] }: ExpectedPods,
  ) {
    this.#prefixMode = prefixMode;
    this.#naming = chooseNaming(pods, expectsMore);
    const containers = pods.flatMap((pod) => containersOf(pod).map(({ name }) => name));
    const isUnique = !expectsMore && new Set(containers).size === containers.length;
    const isSeveral = expectsMore || containers.length > 1;
    const isPrefixed = prefixMode === "always" || (prefixMode === "auto" && isSeveral);
    for (const pod of pods) {
      this.#addPod(pod, {
        naming: this.#naming,
        ...(isPrefixed && { prefixNaming: isUnique ? "container" : this.#naming }),
        isAlone: !isPrefixed && containers.length === 1,
      });
    }
    for (const template of templates) this.#expect(template);
  }

  /** Makes room for the names of a template's Pods, so that lines begin in one column. */
  #expect({ metadata, spec }: Pod): void {
    for (const { name } of spec.containers) {
      this.#widen(`${metadata.name}-${GENERATED}/${name}`);
    }
  }

  /** Names a Pod that appears later; one that was known at the start keeps its names. */
  add(pod: Pod): void {
    const name = formatPodName(pod);
    if (this.#namings.has(name)) return;
    const naming = this.#names.has(pod.metadata.name) ? "namespace" : "pod";
    const isPrefixed = this.#prefixMode !== "never";
    this.#addPod(pod, { naming, ...(isPrefixed && { prefixNaming: naming }), isAlone: false });
  }

  /** How the events of a Pod name it and its containers. */
  namingOf(podName: string): Naming {
    return this.#namings.get(podName) ?? this.#naming;
  }

  /** What stands before the lines of a container; undefined for one of an unknown Pod. */
  labelOf(podName: string, container: string): ContainerLabel | undefined {
    return this.#labels.get(`${podName}/${container}`);
  }

  /** Length of the longest name so far that is not very long. */
  get width(): number {
    return this.#width;
  }

  #addPod(pod: Pod, { naming, prefixNaming, isAlone }: {
    readonly naming: Naming;
    /** undefined: its lines have no prefix. */
    readonly prefixNaming?: Naming;
    readonly isAlone: boolean;
  }): void {
    const podName = formatPodName(pod);
    this.#namings.set(podName, naming);
    this.#names.add(pod.metadata.name);
    this.#widen(formatSubject({ pod: podName }, naming));
    for (const { name } of containersOf(pod)) {
      const subject = { pod: podName, container: name };
      this.#widen(formatSubject(subject, naming));
      this.#labels.set(`${podName}/${name}`, {
        prefix: prefixNaming === undefined ? "" : `[${formatSubject(subject, prefixNaming)}]`,
        colour: PREFIX_COLOURS[this.#labels.size % PREFIX_COLOURS.length]!,
        isAlone,
      });
    }
  }

  /** A name may have 253 characters: one that is very long stands out of its column. */
  #widen(subject: string): void {
    if (subject.length <= WIDEST) this.#width = Math.max(this.#width, subject.length);
  }
}

/** As short as distinguishes all. More than one Pod is expected where none is known yet. */
function chooseNaming(pods: readonly Pod[], expectsMore: boolean): Naming {
  if (pods.length === 1 && !expectsMore) return "container";
  return new Set(pods.map(({ metadata }) => metadata.name)).size === pods.length
    ? "pod"
    : "namespace";
}

/** `namespace/name`, as events name a Pod. */
export function formatPodName({ metadata }: Pod): string {
  return `${metadata.namespace || "default"}/${metadata.name ?? ""}`;
}

/** The containers of a Pod in the order in which they start, with what they are to it. */
export function containersOf(
  { spec }: Pod,
): readonly { readonly name: string; readonly role: ContainerRole }[] {
  const inits = (spec.initContainers ?? []).map(({ name, restartPolicy }) => ({
    name,
    role: restartPolicy === "Always" ? "sidecar" as const : "init" as const,
  }));
  return [...inits, ...spec.containers.map(({ name }) => ({ name, role: "app" as const }))];
}
