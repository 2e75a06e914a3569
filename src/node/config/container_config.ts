/** A container of a manifest to what a runtime starts: everything resolved and expanded; pure. */
import type { Container, Pod, Volume } from "../../api/types/pod.ts";
import { nanosOf } from "../../api/types/qos.ts";
import { NANO } from "../../api/types/quantity.ts";
import type { ContainerConfig, Mount } from "../../runtime/config.ts";
import { ConfigError } from "./config_error.ts";
import type { EnvFiles } from "./env_file.ts";
import { generateEnvironment } from "./environment.ts";
import { expand } from "./expansion.ts";
import type { PodSources } from "./pod_sources.ts";
import { generateContainerResources } from "./resource_config.ts";
import { podHostname } from "./sandbox_config.ts";
import { generateSecurityConfig, type ImageUser } from "./security_config.ts";

/**
 * The program of an image on a node that pulls nothing, with arguments; undefined where the image
 * is unknown.
 */
export type ImageResolver = (image: string) => readonly string[] | undefined;

/** What runs as a command where an image brings programs of its own. */
export type CommandResolver = (image: string, argv: readonly string[]) => readonly string[];

/** One run of one container. */
export interface ContainerRun {
  /** The spec's, regular init, sidecar or main. */
  readonly container: Container;
  /** Number of this run (R-MODEL-3). */
  readonly restartCount: number;
  /** The address of the sandbox it runs in. */
  readonly podIP: string;
  /** What the `fileKeyRef` of its variables name (R-ENV-7). */
  readonly envFiles: EnvFiles;
}

/** What a node gives each container beside the contents of its manifest. */
export interface ContainerDefaults {
  readonly resolveImage: ImageResolver;
  /** What runs as a command in a container of an image. @default the command */
  readonly resolveCommand?: CommandResolver;
  /** The user of a container whose manifest names none. */
  readonly user: ImageUser;
  /** The home directory of that user. */
  readonly home: string;
}

/** `PATH` where the manifest does not set it: what images carry that set none. */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * What the runtime is asked to create.
 *
 * Rules: R-START-1, R-START-6, R-ENV-8, R-ENV-9.
 *
 * @throws {ConfigError} `CreateContainerConfigError` or `ErrImagePull`.
 */
export function generateContainerConfig(
  sources: PodSources,
  run: ContainerRun,
  defaults: ContainerDefaults,
): ContainerConfig {
  const { container, restartCount, podIP, envFiles } = run;
  const { pod } = sources;
  const given = generateEnvironment(sources, container, podIP, envFiles);
  const security = generateSecurityConfig(pod, container, defaults.user);
  const environment = new Map([
    ["PATH", DEFAULT_PATH],
    // Of another user no image knows more than the number.
    ["HOME", security.user.uid === defaults.user.uid ? defaults.home : "/"],
    ["HOSTNAME", pod.spec.hostNetwork ? sources.node.name : podHostname(pod)],
    ...(container.tty ? [["TERM", "xterm"] as const] : []),
    ...given,
  ]);
  return {
    podUid: pod.metadata.uid!,
    name: container.name,
    restartCount,
    argv: resolveCommand(
      container,
      generateArgv(container, given, defaults.resolveImage),
      defaults,
    ),
    env: [...environment],
    ...(container.workingDir ? { workingDir: container.workingDir } : {}),
    mounts: generateMounts(container, pod.spec.volumes ?? [], given),
    terminationMessagePath: container.terminationMessagePath ?? "/dev/termination-log",
    readOnlyRootFilesystem: container.securityContext?.readOnlyRootFilesystem ?? false,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    security,
    resources: generateContainerResources(pod, container, sources.node),
    ...generateStorageLimit(pod, container),
    ...generateTarget(pod, container),
  };
}

/** Rule: R-EPHEMERAL-4. */
function generateTarget(
  { spec }: Pod,
  { name }: Container,
): Pick<ContainerConfig, "targetContainer"> {
  const target = spec.ephemeralContainers?.find((it) => it.name === name)?.targetContainerName;
  return target ? { targetContainer: target } : {};
}

/**
 * A main's own limit of what it writes outside of volumes (R-VOL-8).
 *
 * Rule: Kubernetes, pkg/kubelet/eviction/eviction_manager.go,
 * containerEphemeralStorageLimitEviction.
 */
function generateStorageLimit(
  { spec }: Pod,
  container: Container,
): Pick<ContainerConfig, "ephemeralStorageLimitBytes"> {
  const nanos = nanosOf(container.resources?.limits?.["ephemeral-storage"]);
  const isMain = spec.containers.some(({ name }) => name === container.name);
  return isMain && nanos > 0n ? { ephemeralStorageLimitBytes: Number(nanos / NANO) } : {};
}

/** What runs as a command in a container: its own, or that of a probe or hook. */
export function resolveCommand(
  { image = "" }: Container,
  argv: readonly string[],
  defaults: ContainerDefaults,
): readonly string[] {
  return defaults.resolveCommand?.(image, argv) ?? argv;
}

/**
 * `command` replaces all that the image runs. Without it `args` are added to that, or are the
 * command where the image only offers a shell. Both are expanded (R-START-6); the image's own text
 * is not.
 */
function generateArgv(
  container: Container,
  variables: ReadonlyMap<string, string>,
  resolveImage: ImageResolver,
): readonly string[] {
  const expandAll = (args: readonly string[] = []) =>
    args.map((word) => expand(word, (it) => variables.get(it)));
  const command = expandAll(container.command);
  const args = expandAll(container.args);
  if (command.length > 0) return [...command, ...args];

  const image = container.image ?? "";
  const entry = resolveImage(image);
  if (entry === undefined || entry.length === 0) {
    throw new ConfigError(
      "ErrImagePull",
      `failed to pull image "${image}": this node pulls no images, and the program of this one is unknown`,
    );
  }
  return entryCommand(entry, args);
}

/** What an image runs with these arguments, which are the command where it only offers a shell. */
export function entryCommand(
  entry: readonly string[],
  args: readonly string[] = [],
): readonly string[] {
  return args.length > 0 && isOnlyShell(entry) ? args : [...entry, ...args];
}

/** A shell without arguments: what base images offer in want of a program. */
function isOnlyShell(argv: readonly string[]): boolean {
  return argv.length === 1 && /(^|\/)(sh|ash|bash|dash|zsh)$/.test(argv[0]!);
}

function generateMounts(
  container: Container,
  volumes: readonly Volume[],
  variables: ReadonlyMap<string, string>,
): Mount[] {
  const isReadOnly = new Map(volumes.map((it) => [it.name, isAlwaysReadOnly(it)]));
  return (container.volumeMounts ?? []).map((mount) => {
    const subPath = mount.subPathExpr
      ? expandSubPath(mount.subPathExpr, variables)
      : mount.subPath ?? "";
    checkSubPath(subPath);
    return {
      volumeName: mount.name,
      mountPath: mount.mountPath,
      readOnly: (mount.readOnly ?? false) || (isReadOnly.get(mount.name) ?? false),
      recursiveReadOnly: (mount.recursiveReadOnly ?? "Disabled") !== "Disabled",
      ...(subPath === "" ? {} : { subPath }),
    };
  });
}

/**
 * Files are read-only however they are mounted (R-VOL-4), a claim's volume if the pod marks it
 * so.
 */
function isAlwaysReadOnly(volume: Volume): boolean {
  const { configMap, secret, downwardAPI, projected, persistentVolumeClaim } = volume;
  return (configMap ?? secret ?? downwardAPI ?? projected) !== undefined ||
    persistentVolumeClaim?.readOnly === true;
}

/** Rule: R-ENV-8. An empty variable would give the whole volume away, so it counts as missing. */
function expandSubPath(expression: string, variables: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const path = expand(expression, (name) => {
    const value = variables.get(name);
    if (!value) missing.add(name);
    return value;
  });
  if (missing.size > 0) refuse(`missing value for ${[...missing].sort().join(", ")}`);
  return path;
}

/** The validation of `subPath`, repeated for the result of an expansion (R-VOL-5). */
function checkSubPath(path: string): void {
  if (path.startsWith("/")) refuse(`error SubPath \`${path}\` must not be an absolute path`);
  if (path.split("/").includes("..")) {
    refuse(`unable to provision SubPath \`${path}\`: must not contain '..'`);
  }
}

function refuse(message: string): never {
  throw new ConfigError("CreateContainerConfigError", message);
}
