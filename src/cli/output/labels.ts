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

/** What is known of the Pods of one name. */
interface PodLabels {
  readonly naming: Naming;
  /** By name of the container. */
  readonly containers: ReadonlyMap<string, ContainerLabel>;
  /** How many of these Pods are there: one may come before the one before it is gone. */
  count: number;
}

/**
 * The names of a run. A label that has been shown stays as it is: a Pod that appears later has a
 * longer name where it needs one, and the column of names may become wider.
 */
export class Labels {
  readonly #prefixMode: PrefixMode;
  /** Of the Pods that are known at the start. */
  readonly #naming: Naming;
  /** By `namespace/name`. */
  readonly #pods = new Map<string, PodLabels>();
  /** How many namespaces have Pods of a name. */
  readonly #names = new Map<string, number>();
  #width = 0;
  /** How many containers have each of the colours. */
  readonly #uses: number[] = PREFIX_COLOURS.map(() => 0);

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
        count: Infinity,
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
    const known = this.#pods.get(formatPodName(pod));
    if (known !== undefined) return void known.count++;
    const naming = this.#names.has(pod.metadata.name) ? "namespace" : "pod";
    const prefixNaming = this.#prefixMode === "never" ? undefined : naming;
    this.#addPod(pod, { naming, ...(prefixNaming && { prefixNaming }), isAlone: false, count: 1 });
  }

  /** A Pod that has appeared is gone: no line names it any more, but for one known at the start. */
  forget(pod: Pod): void {
    const podName = formatPodName(pod);
    const known = this.#pods.get(podName);
    if (known === undefined || --known.count > 0) return;
    this.#pods.delete(podName);
    for (const { colour } of known.containers.values()) {
      this.#uses[PREFIX_COLOURS.indexOf(colour)]!--;
    }
    const { name } = pod.metadata;
    const others = this.#names.get(name)! - 1;
    if (others === 0) this.#names.delete(name);
    else this.#names.set(name, others);
  }

  /** How the events of a Pod name it and its containers. */
  namingOf(podName: string): Naming {
    return this.#pods.get(podName)?.naming ?? this.#naming;
  }

  /** What stands before the lines of a container; undefined for one of an unknown Pod. */
  labelOf(podName: string, container: string): ContainerLabel | undefined {
    return this.#pods.get(podName)?.containers.get(container);
  }

  /** Length of the longest name so far that is not very long. */
  get width(): number {
    return this.#width;
  }

  #addPod(pod: Pod, { naming, prefixNaming, isAlone, count }: {
    readonly naming: Naming;
    /** undefined: its lines have no prefix. */
    readonly prefixNaming?: Naming;
    readonly isAlone: boolean;
    readonly count: number;
  }): void {
    const podName = formatPodName(pod);
    const containers = new Map<string, ContainerLabel>();
    this.#pods.set(podName, { naming, containers, count });
    this.#names.set(pod.metadata.name, (this.#names.get(pod.metadata.name) ?? 0) + 1);
    this.#widen(formatSubject({ pod: podName }, naming));
    for (const { name } of containersOf(pod)) {
      const subject = { pod: podName, container: name };
      this.#widen(formatSubject(subject, naming));
      containers.set(name, {
        prefix: prefixNaming === undefined ? "" : `[${formatSubject(subject, prefixNaming)}]`,
        colour: this.#takeColour(),
        isAlone,
      });
    }
  }

  /** The first of those that the fewest have: what comes again under its name has its own again. */
  #takeColour(): number {
    const index = this.#uses.indexOf(Math.min(...this.#uses));
    this.#uses[index]!++;
    return PREFIX_COLOURS[index]!;
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
