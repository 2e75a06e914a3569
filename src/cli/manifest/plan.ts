/**
 * What `run` and `simulate` are to run: manifests with the changes of the command line, checked.
 */
import { type FieldError, unsupported } from "../../api/types/errors.ts";
import {
  findInPods,
  findTypedKind,
  keyOfObject,
  KINDS,
  MANAGING_KINDS,
  mapPods,
  podTemplatesOf,
} from "../../api/kinds/kinds.ts";
import { loadRules } from "../../api/kinds/strategy/late_rules.ts";
import type { Namespace } from "../../api/types/cluster.ts";
import type { KindName, KubernetesObject } from "../../api/types/kinds.ts";
import type { Container, Pod } from "../../api/types/pod.ts";
import { isAvailable } from "../../controllers/availability.ts";
import { DEFAULT_PATH, entryCommand } from "../../node/config/container_config.ts";
import { findImplicitNamespaces } from "./implicit_namespaces.ts";
import { findPortClashes } from "./host_ports.ts";
import {
  checkDocuments,
  findWarnings,
  type GivenManifest,
  loadManifests,
  type SourceDocument,
} from "./manifests.ts";
import { describeFailure } from "../output/failure.ts";
import type { ManifestError, OtherDocument } from "../../api/manifest/manifest.ts";
import type { OptionValues } from "../arguments/option_table.ts";
import type { workloadOptions } from "../arguments/options.ts";
import { checkOthers } from "./other_objects.ts";
import { applyOverrides, checkContainer } from "./overrides.ts";
import type { TimedDeletion, TimedManifest } from "../arguments/values.ts";
import type { Millis } from "../../base/clock.ts";
import { findNearest } from "../../base/nearest.ts";
import { resolvePath } from "./paths.ts";
import { UsageError } from "../../base/usage_error.ts";
import { parseEnvFile } from "../arguments/values.ts";

/** What a plan depends on beside the manifests. */
export interface PlanRequest {
  /** Changes to the Pods. */
  readonly options: OptionValues<typeof workloadOptions>;
  /** Where the person stands, absolute. */
  readonly directory: string;
  /** The program of an image; undefined: unknown. */
  readonly resolveImage: (image: string) => readonly string[] | undefined;
  /** Whether the program of an image is here. @default it is */
  readonly hasProgram?: (name: string) => boolean;
  /** Nothing runs on this machine, so that what it cannot give does not matter. @default false */
  readonly isSimulated?: boolean;
  /** The ending of the next name that is to be generated. @default any */
  readonly newEnding?: () => number;
  /** What takes the place of an object of the manifests. @default itself */
  readonly changeObject?: (object: KubernetesObject) => KubernetesObject;
}

/** A manifest that is applied while the run goes on. */
export interface PlannedApply {
  readonly type: "apply";
  /** The moment of lifecycle time. */
  readonly at: Millis;
  /** As it was typed. */
  readonly file: string;
  /** Each document's object, with the changes of the command line. */
  readonly objects: ReadonlyMap<SourceDocument, KubernetesObject>;
  /** What is left out. */
  readonly others: readonly OtherDocument[];
}

/** An object that is deleted while the run goes on. */
export interface PlannedDeletion {
  readonly type: "delete";
  /** The moment of lifecycle time. */
  readonly at: Millis;
  readonly kind: KindName;
  /** Its name; of a Pod also `OWNER#2` or `OWNER/*`. */
  readonly name: string;
  /** What the containers of a Pod get. @default its own */
  readonly graceSeconds?: number;
}

/** What is changed while the run goes on. */
export type PlannedChange = PlannedApply | PlannedDeletion;

/** What to run, checked. */
export interface Plan {
  /** Where each object comes from. */
  readonly documents: readonly SourceDocument[];
  /** Each document's object, with the changes of the command line. */
  readonly objects: ReadonlyMap<SourceDocument, KubernetesObject>;
  /** Namespaces that are deleted later, and that no manifest makes. */
  readonly namespaces: readonly Namespace[];
  /** What is left out. */
  readonly others: readonly OtherDocument[];
  /** The Pods among them. */
  readonly pods: readonly Pod[];
  /**
   * The same, and those of the objects' templates, of what is applied later too; at least one where
   * there are no errors.
   */
  readonly templates: readonly Pod[];
  /** What is changed meanwhile. */
  readonly changes: readonly PlannedChange[];
  /** All that is wrong with the manifests. */
  readonly errors: readonly ManifestError[];
  /** What stops nothing and is seldom meant. */
  readonly warnings: readonly string[];
}

/**
 * Reads manifests and makes a plan of them.
 *
 * @throws {UsageError} what cannot be meant beside these manifests.
 */
export async function readPlan(
  operands: readonly (string | GivenManifest)[],
  request: PlanRequest,
): Promise<Plan> {
  const loaded = await loadManifests(operands, request.directory, request.newEnding);
  const { others } = loaded;
  const plan = planObjects(loaded.documents, request);
  const applies = await Promise.all(
    request.options.apply.map((it) => readApply(it, request, request.directory)),
  );
  const all = [
    ...loaded.errors,
    ...plan.errors,
    ...checkOthers(loaded, request.options.strict),
    ...applies.flatMap(({ errors }) => errors),
  ];
  const templates = [...plan.templates, ...applies.flatMap((it) => it.templates)];
  const objects = [plan, ...applies.map(({ change }) => change)]
    .flatMap((it) => [...it.objects.values()]);
  if (all.length === 0) checkPods(objects, templates, request.options);
  const deletions = request.options.delete.map((it) => planDeletion(it));
  const namespaces = findImplicitNamespaces(objects, deletions);
  await loadRules(namespaces.map(({ kind }) => kind));
  return {
    ...plan,
    templates,
    changes: [...applies.map(({ change }) => change), ...deletions],
    namespaces,
    others,
    errors: all,
    warnings: [...findWarnings(plan.documents), ...applies.flatMap((it) => it.warnings)],
  };
}

/** A manifest that is applied during a run: a file, or a text in memory. */
export interface PlannedManifest extends Pick<TimedManifest, "at"> {
  readonly file: string | GivenManifest;
}

/** A manifest that is to be applied, and what is wrong with it. */
export interface ReadApply extends Pick<Plan, "templates" | "errors" | "warnings"> {
  /** The manifest, as it is to be applied. */
  readonly change: PlannedApply;
}

/**
 * Reads a manifest that is applied while the run goes on.
 *
 * @param directory where its name starts, absolute.
 */
export async function readApply(
  { file, at }: PlannedManifest,
  request: PlanRequest,
  directory: string,
): Promise<ReadApply> {
  const loaded = await loadManifests([file], directory, request.newEnding);
  const { documents, objects, templates, errors } = planObjects(loaded.documents, request);
  return {
    change: {
      type: "apply",
      at,
      file: typeof file === "string" ? file : file.file,
      objects,
      others: loaded.others,
    },
    templates,
    errors: [...loaded.errors, ...errors],
    warnings: findWarnings(documents),
  };
}

/** @throws {UsageError} an unknown kind, or a Pod of an owner under another kind. */
function planDeletion({ kind: word, ...deletion }: TimedDeletion): PlannedDeletion {
  if (word === undefined) return { type: "delete", kind: "Pod", ...deletion };
  const row = findTypedKind(word);
  if (row !== undefined && row.kind !== "Pod" && deletion.name.includes("#")) {
    const { name } = deletion;
    throw new UsageError(`--delete: "${name}" is a Pod of an owner; leave out the kind ${word}`);
  }
  if (row !== undefined) return { type: "delete", kind: row.kind, ...deletion };
  const near = findNearest(word, KINDS.map(({ kind }) => kind));
  throw new UsageError(`--delete: there is no kind "${word}" (did you mean "${near}"?)`);
}

/** Every object of a plan, those that are applied later too. */
export function everyObject({ objects, changes, namespaces }: Plan): KubernetesObject[] {
  const later = changes.flatMap((it) => it.type === "apply" ? [...it.objects.values()] : []);
  return [...namespaces, ...objects.values(), ...later];
}

/** Whether Pods appear that are none of the manifests at the start. */
export function expectsMore(plan: Plan): boolean {
  const known = new Set(plan.pods.map(keyOfObject));
  return everyObject(plan).some((object) =>
    MANAGING_KINDS.includes(object.kind) ||
    (object.kind === "Pod" && !known.has(keyOfObject(object)))
  );
}

function planObjects(
  given: readonly SourceDocument[],
  request: PlanRequest,
): Pick<Plan, "documents" | "objects" | "pods" | "templates" | "errors"> {
  const { options, directory, changeObject = (it) => it } = request;
  const documents = given.map((it) => ({ ...it, object: changeObject(it.object) }));
  const variables = options["env-file"].flatMap((file) => {
    try {
      return parseEnvFile(Deno.readTextFileSync(resolvePath(directory, file)), file);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      throw new UsageError(`--env-file: ${file} cannot be read: ${describeFailure(error)}`);
    }
  });
  const overrides = {
    restartPolicy: options["restart-policy"],
    variables,
    containerVariables: options["set-env"],
  };
  const originals = documents.flatMap(({ object }) => podTemplatesOf(object).map(({ pod }) => pod));
  const changed = applyOverrides(originals, overrides, (name) => Deno.env.get(name));
  const changes = changed.values();
  const objects = new Map(
    documents.map((it) => [it, mapPods(it.object, () => changes.next().value!)]),
  );
  const errors = [
    ...checkDocuments(documents, (it) => objects.get(it)!, request.isSimulated),
    ...request.isSimulated
      ? []
      : documents.flatMap((it) => locateAll(it, findInPods(objects.get(it)!, findPortClashes))),
    // A command that could not be decoded does not count as missing.
    ...documents.filter(({ undecoded }) => undecoded.length === 0)
      .flatMap((it) =>
        locateAll(it, findInPods(objects.get(it)!, (pod) => findUnknownImages(pod, request)))
      ),
  ];
  const pods = [...objects.values()].filter((object) => object.kind === "Pod");
  return { documents, objects, pods, templates: changed, errors };
}

/** What has Jobs. */
const JOB_KINDS: readonly string[] = ["Job", "CronJob"];

/** @throws {UsageError} what only makes sense, or does not, beside these pods. */
function checkPods(
  objects: readonly KubernetesObject[],
  templates: readonly Pod[],
  options: PlanRequest["options"],
): void {
  if (templates.length === 0) throw new UsageError("There is no Pod to run");
  if (options.until === "Available" && objects.every((it) => isAvailable(it) === undefined)) {
    throw new UsageError("--until Available: no object here keeps Pods; use --until Ready");
  }
  if (options.until === "Complete" && !objects.some(({ kind }) => JOB_KINDS.includes(kind))) {
    throw new UsageError("--until Complete: there is no Job here; use --until Succeeded");
  }
  const from = options["exit-code-from"];
  if (from !== undefined) checkContainer("exit-code-from", from, templates);
  for (const { container } of options.inject) checkContainer("inject", container, templates);
}

/**
 * Nothing is pulled: a container without a command can never start if the program of its image is
 * unknown or not installed.
 */
function findUnknownImages(
  { spec }: Pod,
  { resolveImage, hasProgram = () => true }: PlanRequest,
): FieldError[] {
  const lists = [
    ["spec.initContainers", spec.initContainers ?? []],
    ["spec.containers", spec.containers],
  ] as const;
  return lists.flatMap(([list, containers]) =>
    containers.flatMap((container, index) => {
      const { command, args, image } = container;
      if ((command?.length ?? 0) > 0 || !image) return [];
      const field = `${list}[${index}].image`;
      const argv = resolveImage(image);
      const remedy = `give a command, or --image ${image}=ARGV`;
      if (argv === undefined) {
        const what = `no program is known for the image ${JSON.stringify(image)}`;
        return [unsupported(field, `${what}, and none is pulled; ${remedy}`)];
      }
      const [program] = argv;
      // Where arguments take the place of a shell, the manifest itself names the program.
      if (program === undefined || entryCommand(argv, args)[0] !== program) return [];
      if (hasProgram(program) || bringsProgram(program, container)) return [];
      const what = `${JSON.stringify(program)}, the program of the image ${JSON.stringify(image)}`;
      return [unsupported(
        field,
        `${what}, is not installed here, and no image is pulled; install it, ${remedy}`,
      )];
    })
  );
}

/**
 * Whether a container may find its program where this machine has none: in a volume, or by a path
 * of its own.
 */
function bringsProgram(
  program: string,
  { env = [], envFrom = [], volumeMounts = [] }: Container,
): boolean {
  const isPath = program.includes("/");
  // It starts at the container's working directory.
  if (isPath && !program.startsWith("/")) return true;
  if (!isPath && (envFrom.length > 0 || env.some(({ name }) => name === "PATH"))) return true;
  const places = isPath ? [program] : DEFAULT_PATH.split(":");
  return volumeMounts.some(({ mountPath }) =>
    places.some((place) => `${place}/`.startsWith(mountPath.replace(/\/*$/, "/")))
  );
}

/** The errors with their places in a document. */
export function locateAll(
  document: SourceDocument,
  errors: readonly FieldError[],
): ManifestError[] {
  return errors.map((error) => ({ ...document.locate(error), file: document.file }));
}

/** Relative host paths start at the manifest's folder. */
export function withHostPaths(pod: Pod, folder: string): Pod {
  if (pod.spec.volumes === undefined) return pod;
  const volumes = pod.spec.volumes.map((volume) =>
    volume.hostPath === undefined ? volume : {
      ...volume,
      hostPath: { ...volume.hostPath, path: resolvePath(folder, volume.hostPath.path) },
    }
  );
  return { ...pod, spec: { ...pod.spec, volumes } };
}
