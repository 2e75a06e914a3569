/**
 * Writes the generated part of `src/api`: the interfaces of `meta.ts`, `core.ts` and `pod.ts`, and the closed field
 * table of `fields.ts`, from the models of Kubernetes' own JavaScript client.
 *
 * ```sh
 * deno run --allow-read --allow-write --allow-run=npm,tar .ci/generate_types.ts && deno fmt src/api
 * ```
 *
 * The client is unpacked into a temporary folder and read as text: it is no dependency, neither here nor at run time.
 */

/** The release whose models are of Kubernetes 1.36. */
const CLIENT = "@kubernetes/client-node@2.0.1";

/** Where a kind's table begins. `List` is read before its items have a kind of their own. */
const ROOTS = ["Pod", "ConfigMap", "Secret", "PersistentVolumeClaim"];

/** What `meta.ts` holds; `core.ts` takes what else ConfigMap, Secret and PersistentVolumeClaim need, `pod.ts` the rest. */
const META = new Set([
  "ObjectMeta",
  "OwnerReference",
  "ManagedFieldsEntry",
  "LabelSelector",
  "LabelSelectorRequirement",
]);

/** Strings of the models that are quantities in Go; nothing in the models tells them apart. */
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
};

/** The fields that hold those words. */
const WORD_FIELDS: Readonly<Record<string, string>> = {
  "PodStatus.phase": "PodPhase",
  "PodStatus.qosClass": "PodQOSClass",
  "PodCondition.status": "ConditionStatus",
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

/** Optional in the models, yet always there once decoded: Go's structs hold them by value. */
const ALWAYS_THERE = new Set([
  ...ROOTS.flatMap((kind) => ["apiVersion", "kind", "metadata"].map((field) => `${kind}.${field}`)),
  "Pod.spec",
  "PersistentVolumeClaim.spec",
  "ObjectMeta.name",
]);

interface Field {
  readonly name: string;
  /** As in `fields.ts`: a scalar's or a struct's name, `[]` for a list of it, `{}` for a map to it. */
  readonly type: string;
  readonly required: boolean;
}

const structs = new Map<string, readonly Field[]>();
/** Where a struct is met first, e.g. `spec.containers[]`: its place in the manifest explains it best. */
const places = new Map<string, string>();

const folder = await Deno.makeTempDir();
try {
  await run("npm", ["pack", CLIENT, "--pack-destination", folder, "--silent"]);
  await run("tar", ["xzf", `kubernetes-client-node-${CLIENT.split("@").at(-1)}.tgz`]);
  for (const kind of ROOTS) await readStruct(kind, kind === "Pod" ? "" : `${kind} `);
} finally {
  await Deno.remove(folder, { recursive: true });
}

const inCore = new Set<string>();
for (const kind of ROOTS.slice(1)) collect(kind, inCore);
const files = {
  meta: [...structs.keys()].filter((name) => META.has(name)),
  core: [...structs.keys()].filter((name) => inCore.has(name) && !META.has(name)),
  pod: [...structs.keys()].filter((name) => !inCore.has(name) && !META.has(name)),
};

const headers = {
  meta: `/** What every object carries, as Kubernetes 1.36 names it. ${generatedBy()} */

/** A moment, RFC 3339 in UTC. */
export type Time = string;

/** An amount such as \`250m\` or \`64Mi\`, canonical once decoded; see \`quantity.ts\`. */
export type Quantity = string;

/** Bytes in base64. */
export type Base64 = string;

/** A number, or a name or percentage. */
export type IntOrString = number | string;
`,
  core:
    `/** ConfigMap, Secret and PersistentVolumeClaim as Kubernetes 1.36 names their fields. ${generatedBy()} */
`,
  pod: `/**
 * The Pod, every field of Kubernetes 1.36. ${generatedBy()}
 *
 * Fields that Go holds by value and that have no default are not optional: a decoded object has their zero value.
 * Words are typed as validation leaves them: between decoding and validation any string may stand there.
 */
`,
};

for (const [file, names] of Object.entries(files)) {
  const own = new Set(names);
  const body = names.map(interfaceText).join("\n");
  const words = Object.keys(WORDS).filter((word) => new RegExp(`\\b${word}\\b`).test(body));
  const used = new Set(body.match(/\b[A-Z]\w+/g));
  let imports = "";
  for (
    const [from, exported] of [
      ["core", files.core],
      ["meta", ["Time", "Quantity", "Base64", "IntOrString", ...files.meta]],
    ] as const
  ) {
    const wanted = exported.filter((name) => used.has(name) && !own.has(name)).sort();
    if (from !== file && wanted.length > 0 && file !== "meta") {
      imports += `import type { ${wanted.join(", ")} } from "./${from}.ts";\n`;
    }
  }
  const aliases = words.map((word) =>
    `/** What validation accepts. */\nexport type ${word} = ${
      WORDS[word]!.map((it) => `"${it}"`).join(" | ")
    };\n`
  );
  const header = headers[file as keyof typeof headers];
  await Deno.writeTextFile(
    `src/api/types/${file}.ts`,
    [header + imports, ...aliases, body].join("\n"),
  );
}

await Deno.writeTextFile(
  "src/api/types/fields.ts",
  `/** Every field that Kubernetes 1.36 knows, with its type. ${generatedBy()} */

/**
 * One line for each struct: \`name:type\`, \`!\` after a name whose zero value stands in when it is missing. Types are
 * string, int32, int64, bool, quantity, intOrString, base64, time, any, or another struct; \`[]\` a list, \`{}\` a map.
 * Text, since a line is only parsed when an object needs it.
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

function generatedBy(): string {
  return "Generated by `.ci/generate_types.ts`; do not edit.";
}

async function readStruct(name: string, place: string): Promise<void> {
  if (structs.has(name)) return;
  structs.set(name, []);
  places.set(name, place);
  const model = `${folder}/package/dist/gen/models/${
    name === "ResourceClaim" ? "CoreV1" : "V1"
  }${name}`;
  const map = (await Deno.readTextFile(`${model}.js`)).match(/attributeTypeMap = (\[.*?\n\]);/s);
  if (!map) throw new Error(`${model}.js has no attribute map`);
  const declared = await Deno.readTextFile(`${model}.d.ts`);
  const attributes = JSON.parse(map[1]!) as { baseName: string; type: string; format: string }[];
  const fields = attributes.map(({ baseName, type, format }): Field => ({
    name: baseName,
    type: fieldType(`${name}.${baseName}`, type, format),
    required: ALWAYS_THERE.has(`${name}.${baseName}`) || declared.includes(`'${baseName}':`),
  }));
  structs.set(name, fields);
  for (const field of fields) {
    const struct = field.type.match(/^[A-Z]\w*/)?.[0];
    const suffix = field.type.slice(struct?.length);
    if (struct) await readStruct(struct, join(place, field.name) + suffix);
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
  const struct = type.match(/^(?:Core)?V1(\w+)$/);
  if (struct) return struct[1]!;
  const scalar = {
    string: format === "byte" ? "base64" : "string",
    boolean: "bool",
    number: format,
    Date: "time",
    IntOrString: "intOrString",
    any: "any",
  }[type];
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
    return `  /** \`${join(place, field.name)}\`${about}. */\n  readonly ${field.name}${
      field.required ? "" : "?"
    }: ${typeText(name, field)};`;
  });
  const about = ROOTS.includes(name) ? "An object of its own" : `\`${place.trimEnd()}\``;
  return `/** ${about}. */\nexport interface ${name} {\n${fields.join("\n")}\n}\n`;
}

function typeText(struct: string, field: Field): string {
  if (ROOTS.includes(struct) && field.name === "kind") return `"${struct}"`;
  if (ROOTS.includes(struct) && field.name === "apiVersion") return `"v1"`;
  const [, scalar, suffix] = field.type.match(/^(\w+)(.*)$/)!;
  const type = WORD_FIELDS[`${struct}.${field.name}`] ?? {
    int32: "number",
    int64: "number",
    bool: "boolean",
    quantity: "Quantity",
    intOrString: "IntOrString",
    base64: "Base64",
    time: "Time",
    any: "unknown",
  }[scalar!] ?? scalar!;
  if (suffix === "[]") return `readonly ${type}[]`;
  return suffix === "{}" ? `Readonly<Record<string, ${type}>>` : type;
}
