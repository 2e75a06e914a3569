/**
 * Writes the generated part of `src/api/types`: the interfaces of `meta.ts` and of the files of
 * `FILES`, and the closed field table of `fields.ts`, from the models of Kubernetes' own JavaScript
 * client. A further kind is a line of `ROOTS`, a further file of types a line of `FILES`.
 *
 * ```sh
 * deno run --allow-read --allow-write --allow-run=npm,tar .ci/generate_types.ts && deno fmt src/api
 * ```
 *
 * The client is unpacked into a temporary folder and read as text: it is not a
 * dependency, neither here nor at run time.
 */

/** The release whose models are of Kubernetes 1.36. */
const CLIENT = "@kubernetes/client-node@2.0.1";

/** A kind: where its group, version and types stand. */
interface Root {
  /** As in a manifest. */
  readonly kind: string;
  /** `v1`, or `apps/v1` with a group. */
  readonly apiVersion: string;
  /** Of {@link FILES}. */
  readonly file: string;
  /** Its model in the client, where that is not `V1` and the kind: `CoreV1Event`. */
  readonly model?: string;
}

/**
 * Every kind. The first that has a struct names in its comment where the struct stands in a
 * manifest.
 */
const ROOTS: readonly Root[] = [
  { kind: "Pod", apiVersion: "v1", file: "pod" },
  { kind: "ConfigMap", apiVersion: "v1", file: "core" },
  { kind: "Secret", apiVersion: "v1", file: "core" },
  { kind: "PersistentVolumeClaim", apiVersion: "v1", file: "core" },
  { kind: "ReplicaSet", apiVersion: "apps/v1", file: "apps" },
  { kind: "Deployment", apiVersion: "apps/v1", file: "apps" },
  { kind: "StatefulSet", apiVersion: "apps/v1", file: "apps" },
  { kind: "DaemonSet", apiVersion: "apps/v1", file: "apps" },
  { kind: "ControllerRevision", apiVersion: "apps/v1", file: "apps" },
  { kind: "Job", apiVersion: "batch/v1", file: "batch" },
  { kind: "CronJob", apiVersion: "batch/v1", file: "batch" },
  { kind: "ReplicationController", apiVersion: "v1", file: "apps" },
  { kind: "Service", apiVersion: "v1", file: "network" },
  { kind: "Endpoints", apiVersion: "v1", file: "network" },
  { kind: "EndpointSlice", apiVersion: "discovery.k8s.io/v1", file: "network" },
  { kind: "Namespace", apiVersion: "v1", file: "cluster" },
  { kind: "Node", apiVersion: "v1", file: "cluster" },
  { kind: "ServiceAccount", apiVersion: "v1", file: "cluster" },
  { kind: "PersistentVolume", apiVersion: "v1", file: "cluster" },
  { kind: "Event", apiVersion: "v1", file: "cluster", model: "CoreV1Event" },
  { kind: "Lease", apiVersion: "coordination.k8s.io/v1", file: "cluster" },
  { kind: "CustomResourceDefinition", apiVersion: "apiextensions.k8s.io/v1", file: "definition" },
];

/** The struct of each kind. */
const ROOT_STRUCTS: ReadonlyMap<string, Root> = new Map(
  ROOTS.map((root) => [structOf(modelOf(root)), root]),
);

/**
 * The files of the kinds, with their header. A struct is in the first whose kinds need
 * it, so that a file imports those above it alone.
 */
const FILES: Readonly<Record<string, string>> = {
  core: `ConfigMap, Secret and PersistentVolumeClaim as Kubernetes 1.36 names their fields.`,
  pod: `The Pod, every field of Kubernetes 1.36.
 *
 * Fields that Go holds by value and that have no default are not optional: a decoded object has
 * their zero value. Words are typed as validation leaves them: between decoding and validation any
 * string may stand there.`,
  apps: `The kinds of the group apps, and their forerunner, as Kubernetes 1.36 names their fields.`,
  batch: `Job and CronJob as Kubernetes 1.36 names their fields.`,
  network: `Services and their endpoints as Kubernetes 1.36 names their fields.`,
  cluster: `What a cluster has beside workloads, as Kubernetes 1.36 names its fields.`,
  definition: `CustomResourceDefinition as Kubernetes 1.36 names its fields.`,
};

/** What `meta.ts` holds. */
const META = new Set([
  "ObjectMeta",
  "OwnerReference",
  "ManagedFieldsEntry",
  "LabelSelector",
  "LabelSelectorRequirement",
]);

/** Strings of the models that are quantities in Go; nothing in the models distinguishes them. */
const QUANTITIES = new Set([
  "EmptyDirVolumeSource.sizeLimit",
  "ResourceFieldSelector.divisor",
  "ResourceRequirements.limits",
  "ResourceRequirements.requests",
  "VolumeResourceRequirements.limits",
  "VolumeResourceRequirements.requests",
  "PodSpec.overhead",
  "PodStatus.allocatedResources",
  "ContainerStatus.allocatedResources",
  "NodeAllocatableResourceClaimStatus.resources",
  "PersistentVolumeClaimStatus.allocatedResources",
  "PersistentVolumeClaimStatus.capacity",
  "PersistentVolumeSpec.capacity",
  "NodeStatus.allocatable",
  "NodeStatus.capacity",
]);

/** Strings that are one of few words, as validation leaves them. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  PodPhase: ["Pending", "Running", "Succeeded", "Failed", "Unknown"],
  PodQOSClass: ["Guaranteed", "Burstable", "BestEffort"],
  ConditionStatus: ["True", "False", "Unknown"],
  RestartPolicy: ["Always", "OnFailure", "Never"],
  ContainerRestartRuleAction: ["Restart", "RestartAllContainers"],
  ContainerRestartRuleOperator: ["In", "NotIn"],
  TerminationMessagePolicy: ["File", "FallbackToLogsOnError"],
  PullPolicy: ["Always", "IfNotPresent", "Never"],
  Protocol: ["TCP", "UDP", "SCTP"],
  DNSPolicy: ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"],
  URIScheme: ["HTTP", "HTTPS"],
  DeploymentStrategyType: ["RollingUpdate", "Recreate"],
  SetUpdateStrategyType: ["RollingUpdate", "OnDelete"],
  PodManagementPolicy: ["OrderedReady", "Parallel"],
  ClaimRetentionPolicy: ["Retain", "Delete"],
  CompletionMode: ["NonIndexed", "Indexed"],
  PodReplacementPolicy: ["TerminatingOrFailed", "Failed"],
  PodFailurePolicyAction: ["FailJob", "FailIndex", "Ignore", "Count"],
  PodFailurePolicyOnExitCodesOperator: ["In", "NotIn"],
  ConcurrencyPolicy: ["Allow", "Forbid", "Replace"],
  ServiceType: ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
  SessionAffinity: ["ClientIP", "None"],
  NamespacePhase: ["Active", "Terminating"],
};

/** The fields that hold those words. */
const WORD_FIELDS: Readonly<Record<string, string>> = {
  "PodStatus.phase": "PodPhase",
  "PodStatus.qosClass": "PodQOSClass",
  "PodCondition.status": "ConditionStatus",
  "ReplicaSetCondition.status": "ConditionStatus",
  "DeploymentCondition.status": "ConditionStatus",
  "DeploymentStrategy.type": "DeploymentStrategyType",
  "StatefulSetCondition.status": "ConditionStatus",
  "StatefulSetSpec.podManagementPolicy": "PodManagementPolicy",
  "StatefulSetUpdateStrategy.type": "SetUpdateStrategyType",
  "StatefulSetPersistentVolumeClaimRetentionPolicy.whenDeleted": "ClaimRetentionPolicy",
  "StatefulSetPersistentVolumeClaimRetentionPolicy.whenScaled": "ClaimRetentionPolicy",
  "DaemonSetCondition.status": "ConditionStatus",
  "DaemonSetUpdateStrategy.type": "SetUpdateStrategyType",
  "JobCondition.status": "ConditionStatus",
  "JobSpec.completionMode": "CompletionMode",
  "JobSpec.podReplacementPolicy": "PodReplacementPolicy",
  "PodFailurePolicyRule.action": "PodFailurePolicyAction",
  "PodFailurePolicyOnExitCodesRequirement.operator": "PodFailurePolicyOnExitCodesOperator",
  "PodFailurePolicyOnPodConditionsPattern.status": "ConditionStatus",
  "CronJobSpec.concurrencyPolicy": "ConcurrencyPolicy",
  "ReplicationControllerCondition.status": "ConditionStatus",
  "ServiceSpec.type": "ServiceType",
  "ServiceSpec.sessionAffinity": "SessionAffinity",
  "ServicePort.protocol": "Protocol",
  "EndpointPort.protocol": "Protocol",
  "DiscoveryEndpointPort.protocol": "Protocol",
  "Condition.status": "ConditionStatus",
  "NamespaceStatus.phase": "NamespacePhase",
  "NamespaceCondition.status": "ConditionStatus",
  "NodeCondition.status": "ConditionStatus",
  "JobTemplateSpec.metadata": "Partial<ObjectMeta>",
  // Without a name of its own.
  "PodTemplateSpec.metadata": "Partial<ObjectMeta>",
  // Published as null where they are unset (R-STATUS-13).
  "PodCondition.lastProbeTime": "Time | null",
  "ContainerStateTerminated.startedAt": "Time | null",
  "ContainerStateTerminated.finishedAt": "Time | null",
  "PodSpec.restartPolicy": "RestartPolicy",
  "PodSpec.dnsPolicy": "DNSPolicy",
  "Container.restartPolicy": "RestartPolicy",
  "Container.terminationMessagePolicy": "TerminationMessagePolicy",
  "Container.imagePullPolicy": "PullPolicy",
  "ContainerRestartRule.action": "ContainerRestartRuleAction",
  "ContainerRestartRuleOnExitCodes.operator": "ContainerRestartRuleOperator",
  "ContainerPort.protocol": "Protocol",
  "HTTPGetAction.scheme": "URIScheme",
};

/** Fields of any type in the models, which Go gives one. */
const SCHEMAS: Readonly<Record<string, string>> = {
  "JSONSchemaProps.items": "JSONSchemaProps",
  "JSONSchemaProps.additionalProperties": "schemaOrBool",
};

/** Optional in the models, yet always there once decoded: Go's structs hold them by value. */
const ALWAYS_THERE = new Set([
  ...[...ROOT_STRUCTS.keys()].flatMap((struct) =>
    ["apiVersion", "kind", "metadata"].map((field) => `${struct}.${field}`)
  ),
  "Pod.spec",
  "PersistentVolumeClaim.spec",
  "ReplicaSet.spec",
  "ReplicaSetSpec.template",
  "Deployment.spec",
  "StatefulSet.spec",
  "StatefulSetSpec.template",
  "DaemonSet.spec",
  "DaemonSetSpec.template",
  "Job.spec",
  "CronJob.spec",
  "JobTemplateSpec.spec",
  "ReplicationController.spec",
  "ReplicationControllerSpec.template",
  "Service.spec",
  "Namespace.spec",
  "Node.spec",
  "PersistentVolume.spec",
  "Event.source",
  "Lease.spec",
  "CustomResourceDefinition.spec",
  "PodTemplateSpec.spec",
  "ObjectMeta.name",
]);

/** As wide as comments are. */
const MAX_LINE = 100;

/** The name of a model: `V1Container`, `CoreV1ResourceClaim`. */
const MODEL = /\b(?:[A-Z][a-z]+)?V\d+[A-Z]\w+/;

interface Field {
  readonly name: string;
  /**
   * As in `fields.ts`: a scalar's or a struct's name, `[]` for a list of it, `{}` for a map to it.
   */
  readonly type: string;
  readonly required: boolean;
}

const structs = new Map<string, readonly Field[]>();
/** The client's model of each struct. */
const models = new Map<string, string>();
/**
 * Where a struct is met first, e.g. `spec.containers[]`: its place in the manifest explains it
 * best.
 */
const places = new Map<string, string>();

const folder = await Deno.makeTempDir();
try {
  await run("npm", ["pack", CLIENT, "--pack-destination", folder, "--silent"]);
  await run("tar", ["xzf", `kubernetes-client-node-${CLIENT.split("@").at(-1)}.tgz`]);
  for (const [struct, root] of ROOT_STRUCTS) {
    await readStruct(struct, modelOf(root), struct === "Pod" ? "" : `${struct} `);
  }
} finally {
  await Deno.remove(folder, { recursive: true });
}

/** The structs of each file, in the order of the files. */
const files: Record<string, string[]> = {
  meta: [...structs.keys()].filter((name) => META.has(name)),
};
const placed = new Set(files.meta);
for (const file of Object.keys(FILES)) {
  const needed = new Set<string>();
  for (const [struct, root] of ROOT_STRUCTS) if (root.file === file) collect(struct, needed);
  files[file] = [...structs.keys()].filter((name) => needed.has(name) && !placed.has(name));
  for (const name of files[file]) placed.add(name);
}

/** What `meta.ts` has beside its structs. */
const SCALARS = `
/** A moment, RFC 3339 in UTC. */
export type Time = string;

/** An amount such as \`250m\` or \`64Mi\`, canonical once decoded; see \`quantity.ts\`. */
export type Quantity = string;

/** Bytes in base64. */
export type Base64 = string;

/** A number, or a name or percentage. */
export type IntOrString = number | string;
`;

/** The words that each file has; a word is in the first file that needs it. */
const wordsOfFile: Record<string, readonly string[]> = {};
for (const [file, names] of Object.entries(files)) {
  const own = new Set(names);
  const body = names.map(interfaceText).join("\n");
  const taken = new Set(Object.values(wordsOfFile).flat());
  const words = Object.keys(WORDS).filter((word) =>
    !taken.has(word) && new RegExp(`\\b${word}\\b`).test(body)
  );
  wordsOfFile[file] = words;
  const used = new Set(body.match(/\b[A-Z]\w+/g));
  let imports = "";
  for (const [from, structsThere] of Object.entries(files).toSorted()) {
    const exported = from === "meta"
      ? ["Time", "Quantity", "Base64", "IntOrString", ...structsThere]
      : [...structsThere, ...wordsOfFile[from] ?? []].filter((name) => !words.includes(name));
    const wanted = exported.filter((name) => used.has(name) && !own.has(name)).sort();
    if (from !== file && wanted.length > 0 && file !== "meta") {
      imports += `import type { ${wanted.join(", ")} } from "./${from}.ts";\n`;
    }
  }
  const header = file === "meta"
    ? headerOf("What every object carries, as Kubernetes 1.36 names it.") + SCALARS
    : headerOf(FILES[file]!);
  const aliases = words.map((word) =>
    `/** What validation accepts. */\nexport type ${word} = ${
      WORDS[word]!.map((it) => `"${it}"`).join(" | ")
    };\n`
  );
  await Deno.writeTextFile(
    `src/api/types/${file}.ts`,
    [header + imports, ...aliases, body].join("\n"),
  );
}

await Deno.writeTextFile(
  "src/api/types/fields.ts",
  `${headerOf("Every field that Kubernetes 1.36 knows, with its type.")}
/**
 * One line for each struct: \`name:type\`, \`!\` after a name whose zero value stands in when it is
 * missing. Types are string, int32, int64, double, bool, schemaOrBool, quantity, intOrString,
 * base64, time, any, or another struct; \`[]\` a list, \`{}\` a map. Text, since a line is only
 * parsed when an object needs it.
 */
export const STRUCTS: Readonly<Record<string, string>> = {
${
    [...structs].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, fields]) =>
      `  ${name}: ${
        JSON.stringify(
          fields.map((it) => `${it.name}${it.required ? "!" : ""}:${it.type}`).join(" "),
        )
      },`
    ).join("\n")
  }
};
`,
);

async function run(program: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(program, { args, cwd: folder }).output();
  if (!success) throw new Error(`${program} ${args.join(" ")} failed`);
}

/** The comment that a generated file begins with. */
function headerOf(about: string): string {
  return `/**\n * ${about}\n *\n * Generated by \`.ci/generate_types.ts\`; do not edit.\n */\n`;
}

function modelOf({ kind, model = `V1${kind}` }: Root): string {
  return model;
}

/**
 * The struct of a model: the name after the version, with its group before it where two groups have
 * one of that name and this is not that of `core`.
 */
function structOf(model: string): string {
  const [, group, name] = model.match(/^([A-Z][a-z]+)?V\d+(\w+)$/)!;
  return group === undefined || group === "Core" ? name! : `${group}${name}`;
}

async function readStruct(name: string, model: string, place: string): Promise<void> {
  if (structs.has(name)) {
    const known = models.get(name);
    if (known !== model) throw new Error(`${known} and ${model} have the same name`);
    return;
  }
  structs.set(name, []);
  models.set(name, model);
  places.set(name, place);
  const path = `${folder}/package/dist/gen/models/${model}`;
  const map = (await Deno.readTextFile(`${path}.js`)).match(/attributeTypeMap = (\[.*?\n\]);/s);
  if (!map) throw new Error(`${path}.js has no attribute map`);
  const declared = await Deno.readTextFile(`${path}.d.ts`);
  const attributes = JSON.parse(map[1]!) as { baseName: string; type: string; format: string }[];
  const fields = attributes.map(({ baseName, type, format }): Field => ({
    name: baseName,
    type: fieldType(`${name}.${baseName}`, type, format),
    required: ALWAYS_THERE.has(`${name}.${baseName}`) || declared.includes(`'${baseName}':`),
  }));
  structs.set(name, fields);
  for (const [index, field] of fields.entries()) {
    const struct = field.type.match(/^[A-Z]\w*/)?.[0];
    if (struct === undefined) continue;
    const inner = attributes[index]!.type.match(MODEL)?.[0] ?? `V1${struct}`;
    await readStruct(struct, inner, join(place, field.name) + field.type.slice(struct.length));
  }
}

function join(place: string, field: string): string {
  return place === "" || place.endsWith(" ") ? place + field : `${place}.${field}`;
}

function fieldType(path: string, type: string, format: string): string {
  const list = type.match(/^Array<(.*)>$/);
  if (list) return `${fieldType(path, list[1]!, format)}[]`;
  const map = type.match(/^\{ \[key: string\]: (.*); \}$/);
  if (map) return `${fieldType(path, map[1]!, format)}{}`;
  if (QUANTITIES.has(path)) return "quantity";
  if (path in SCHEMAS) return SCHEMAS[path]!;
  const scalar = {
    string: format === "byte" ? "base64" : "string",
    boolean: "bool",
    number: format || "double",
    Date: "time",
    IntOrString: "intOrString",
    V1MicroTime: "time",
    any: "any",
  }[type];
  if (scalar === undefined && type.match(MODEL)?.[0] === type) return structOf(type);
  if (!scalar) throw new Error(`${path} is of a type that this program does not know: ${type}`);
  return scalar;
}

function collect(name: string, into: Set<string>): void {
  if (into.has(name)) return;
  into.add(name);
  for (const field of structs.get(name)!) {
    const struct = field.type.match(/^[A-Z]\w*/)?.[0];
    if (struct) collect(struct, into);
  }
}

function interfaceText(name: string): string {
  const place = places.get(name)!;
  const fields = structs.get(name)!.map((field) => {
    const about = /^[a-z]/.test(field.type) ? `, ${field.type}` : "";
    const at = join(place, field.name);
    // What is far within an object of another kind than Pods is named by its struct.
    const shown = at.includes(" ") && at.length > MAX_LINE - 8 ? `${name}.${field.name}` : at;
    const comment = commentOf(`\`${shown}\`${about}.`, "  ");
    const key = /^[\w$]+$/.test(field.name) ? field.name : JSON.stringify(field.name);
    return `${comment}  readonly ${key}${field.required ? "" : "?"}: ${typeText(name, field)};`;
  });
  const about = ROOT_STRUCTS.has(name) ? "An object of its own" : `\`${place.trimEnd()}\``;
  return `${commentOf(`${about}.`, "")}export interface ${name} {\n${fields.join("\n")}\n}\n`;
}

/** A doc comment, with its type in a line of its own where one line does not hold both. */
function commentOf(text: string, indent: string): string {
  const line = `${indent}/** ${text} */\n`;
  if (line.length <= MAX_LINE + 1) return line;
  const whole = `${indent} * ${text}`;
  const parts = whole.length <= MAX_LINE
    ? [text]
    : text.split(", ").map((part, i, all) => i < all.length - 1 ? `${part},` : part);
  const lines = parts.map((part) => `${indent} * ${part}\n`).join("");
  return `${indent}/**\n${lines}${indent} */\n`;
}

function typeText(struct: string, field: Field): string {
  const root = ROOT_STRUCTS.get(struct);
  if (root !== undefined && field.name === "kind") return `"${root.kind}"`;
  if (root !== undefined && field.name === "apiVersion") return `"${root.apiVersion}"`;
  const [, scalar, suffix] = field.type.match(/^(\w+)(.*)$/)!;
  const type = WORD_FIELDS[`${struct}.${field.name}`] ?? {
    int32: "number",
    int64: "number",
    double: "number",
    bool: "boolean",
    schemaOrBool: "JSONSchemaProps | boolean",
    quantity: "Quantity",
    intOrString: "IntOrString",
    base64: "Base64",
    time: "Time",
    any: "unknown",
  }[scalar!] ?? scalar!;
  if (suffix === "[]") return `readonly ${type}[]`;
  return suffix === "{}" ? `Readonly<Record<string, ${type}>>` : type;
}
