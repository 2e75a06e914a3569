import {
  deepStrictEqual as deepEqual,
  fail,
  match,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import {
  checkDocuments,
  findWarnings,
  formatManifestErrors,
  loadManifests,
} from "../../../src/cli/manifest/manifests.ts";
import { givenFields } from "../../../src/cli/validate.ts";
import { StatusFile } from "../../../src/cli/output/status_file.ts";

const POD = `apiVersion: v1
kind: Pod
metadata: {name: NAME}
spec: {containers: [{name: web, image: busybox}]}
`;

async function withFolder(
  files: Readonly<Record<string, string>>,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "podling-cli-" });
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("loadManifests() reads files and sorted directories", async () => {
  const files = { "b.yml": POD, "a.yaml": POD, "c.json": "{}", "note.txt": "no" };
  await withFolder(files, async (folder) => {
    const { documents, errors } = await loadManifests(["b.yml", "."], folder);
    deepEqual(documents.map(({ file }) => file), ["b.yml", "a.yaml", "b.yml"]);
    deepEqual(documents.map((it) => it.folder), [folder, folder, folder]);
    deepEqual([...new Set(errors.map(({ file }) => file))], ["c.json"]);
  });
});

Deno.test("loadManifests() does not wait for a pipe that lies in a directory", async () => {
  await withFolder({ "a.yaml": POD }, async (folder) => {
    await new Deno.Command("mkfifo", { args: [`${folder}/b.yaml`] }).output();
    const { documents, errors } = await loadManifests(["."], folder);
    deepEqual(documents.map(({ file }) => file), ["a.yaml"]);
    deepEqual(errors.map(({ file, message }) => `${file}: ${message}`), [
      "b.yaml: cannot be read: it is a pipe, a socket or a device, not a file",
    ]);
  });
});

Deno.test("loadManifests() names files as the person did", async () => {
  await withFolder({ "a.yaml": POD }, async (folder) => {
    for (
      const name of [
        "a.yaml",
        "./a.yaml",
        `${folder}/a.yaml`,
        `../${folder.split("/").at(-1)}/a.yaml`,
      ]
    ) {
      const { documents } = await loadManifests([name], folder);
      deepEqual(documents.map(({ file }) => file), [name]);
    }
    const { documents } = await loadManifests([`${folder}/`], "/");
    deepEqual(documents.map(({ file }) => file), [`${folder}/a.yaml`]);
  });
});

Deno.test("loadManifests() downloads nothing", async () => {
  const url = "https://k8s.io/examples/pods/simple-pod.yaml";
  deepEqual(formatManifestErrors((await loadManifests([url], "/")).errors), [
    `${url}: cannot be read: nothing is downloaded; curl -fsSLO '${url}' saves it here`,
  ]);
});

Deno.test("findWarnings() reports a dollar that a command loses", async () => {
  const pod = POD.replace("busybox", () => "busybox, command: [sh, -c, 'kill -9 $$']");
  await withFolder({ "a.yaml": pod }, async (folder) => {
    deepEqual(findWarnings((await loadManifests(["a.yaml"], folder)).documents), [
      "a.yaml:4:67: warning: spec.containers[0].command[2]: " +
      "$$ becomes a single $, as in Kubernetes; $$$$ gives $$",
    ]);
  });
});

const names: readonly [kind: string, apiVersion: string, warning?: string][] = [
  ["Deployment", "apps/v1", "this is used in Pod names and hostnames"],
  ["ReplicaSet", "apps/v1", "this is used in Pod names and hostnames"],
  ["DaemonSet", "apps/v1"],
  ["Pod", "v1", "this is used in the Pod's hostname"],
];
for (const [kind, apiVersion, warning] of names) {
  Deno.test(`findWarnings() R-WARN-1: ${kind} with a dot in its name: ${warning ?? "none"}`, async () => {
    const pod = { containers: [{ name: "c", image: "i", command: ["x"] }] };
    const labels = { app: "a" };
    const spec = kind === "Pod"
      ? pod
      : { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: pod } };
    const text = JSON.stringify({ apiVersion, kind, metadata: { name: "a.b" }, spec });
    await withFolder({ "a.yaml": text }, async (folder) => {
      const lines = findWarnings((await loadManifests(["a.yaml"], folder)).documents);
      deepEqual(
        lines.map((line) => line.replace(/^\S+ warning: /, "").replace(/,.*/, "")),
        warning === undefined ? [] : [`metadata.name: ${warning}`],
      );
    });
  });
}

Deno.test("loadManifests() starts relative paths of what is piped where the person stands", async () => {
  await withFolder({ "a.yaml": POD }, async (folder) => {
    await Deno.mkdir(`${folder}/fds`);
    await new Deno.Command("mkfifo", { args: [`${folder}/fds/63`] }).output();
    const loading = loadManifests(["fds/63"], folder);
    const script = `cat ${folder}/a.yaml > ${folder}/fds/63`;
    await new Deno.Command("sh", { args: ["-c", script] }).output();
    deepEqual((await loading).documents.map((it) => it.folder), [folder]);
  });
});

Deno.test("findWarnings() reports what is ignored in objects without Pod events", async () => {
  const claim = `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data}
spec:
  volumeName: pv
  accessModes: [ReadWriteOnce]
  resources: {requests: {storage: 1Gi}}
`;
  await withFolder({ "a.yaml": claim }, async (folder) => {
    const { documents, errors } = await loadManifests(["a.yaml"], folder);
    deepEqual([...errors, ...checkDocuments(documents)], []);
    deepEqual(findWarnings(documents), [
      "a.yaml:5:3: warning: spec.volumeName: not enforced: there are no volumes to choose from: each claim gets one of its own",
    ]);
    deepEqual(
      givenFields(documents[0]!.object).map(({ field, support }) => `${field} ${support}`),
      [
        "apiVersion enforced",
        "kind enforced",
        "metadata.name enforced",
        "spec.volumeName ignored",
        "spec.accessModes emulated",
        "spec.resources.requests.storage emulated",
      ],
    );
  });
});

Deno.test("loadManifests() completes names", async () => {
  await withFolder({
    "a.json": JSON.stringify({
      apiVersion: "v1",
      kind: "List",
      items: [{ generateName: "web-" }, { name: "own", generateName: "web-" }, {
        generateName: "web-",
      }].map((metadata) => ({ apiVersion: "v1", kind: "ConfigMap", metadata })),
    }),
  }, async (folder) => {
    let count = 0;
    const { documents } = await loadManifests(["a.json"], folder, () => count++);
    deepEqual(documents.map(({ object }) => object.metadata.name), [
      "web-bbbbb",
      "own",
      "web-bbbbc",
    ]);
    deepEqual(checkDocuments((await loadManifests(["a.json"], folder)).documents), []);
  });
});

Deno.test("loadManifests() refuses manifests without an object", async () => {
  await withFolder(
    { "a.yaml": "", "b.yaml": "---\n# nothing\n", "c.yaml": POD },
    async (folder) => {
      const empty = await loadManifests(["a.yaml", "b.yaml"], folder);
      deepEqual(formatManifestErrors(empty.errors), ["a.yaml, b.yaml: no object in it"]);
      deepEqual((await loadManifests(["."], folder)).errors, []);
    },
  );
});

Deno.test("loadManifests() collects what cannot be read", async () => {
  await withFolder({ "a.yaml": POD }, async (folder) => {
    await Deno.mkdir(`${folder}/empty`);
    const { documents, errors } = await loadManifests(["none.yaml", "a.yaml", "empty"], folder);
    equal(documents.length, 1);
    deepEqual(formatManifestErrors(errors), [
      "none.yaml: cannot be read: no such file or directory",
      "empty: cannot be read: the directory has no *.yaml, *.yml or *.json",
    ]);
    await rejects(loadManifests([], folder), /No manifest given/);
    await rejects(loadManifests(["-", "-"], folder), /only once/);
    const [endless] = (await loadManifests(["/dev/zero"], folder)).errors;
    match(endless!.message, /larger than 64 MiB/);
  });
});

Deno.test("checkDocuments() finds names given twice, where they stand", async () => {
  const twice = `${POD}---\n${POD}`.replaceAll("NAME", "same");
  await withFolder({ "a.yaml": twice }, async (folder) => {
    const { documents } = await loadManifests(["a.yaml"], folder);
    const lines = formatManifestErrors(checkDocuments(documents));
    equal(lines.length, 1);
    match(lines[0]!, /^a\.yaml:8:\d+: metadata\.name: Duplicate value: "same"$/);
  });
});

Deno.test("checkDocuments() finds addresses of Services that are asked for twice (R-SVC-4)", async () => {
  const service = (name: string) =>
    `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\n` +
    "spec: {clusterIP: 10.96.0.50, ports: [{port: 80}]}\n";
  await withFolder({ "a.yaml": `${service("a")}---\n${service("b")}` }, async (folder) => {
    const { documents } = await loadManifests(["a.yaml"], folder);
    deepEqual(formatManifestErrors(checkDocuments(documents)), [
      'a.yaml:9:1: spec.clusterIPs: Invalid value: ["10.96.0.50"]: ' +
      "failed to allocate IP 10.96.0.50: provided IP is already allocated",
    ]);
  });
});

Deno.test("checkDocuments() finds what else is wrong beside a wrong type, and nothing that follows from it", async () => {
  const lines = [
    "apiVersion: v1",
    "kind: Pod",
    "metadata: {name: Bad_Name, labels: {a: 1}}",
    "spec:",
    "  restartPolicy: Sometimes",
    "  terminationGracePeriodSeconds: soon",
    "  volumes: [{name: 5, emptyDir: {}}]",
    "  containers:",
    "  - {name: 7, image: true, env: [{value: 1}], volumeMounts: [{name: v, mountPath: /v}]}",
    "  - {name: b, image: x, command: sh, ports: [{containerPort: 70000}, {containerPort: x}]}",
  ];
  await withFolder({ "a.yaml": lines.join("\n") }, async (folder) => {
    const { documents, errors } = await loadManifests(["a.yaml"], folder);
    const all = formatManifestErrors([...errors, ...checkDocuments(documents)]);
    deepEqual(all.map((it) => /^a\.yaml:(\d+):\d+: ([^:]+): ([^:"]+)/.exec(it)!.slice(1)), [
      ["3", "metadata.name", "Invalid value"],
      ["3", "metadata.labels[a]", "expected string, got integer 1 (quote it"],
      ["5", "spec.restartPolicy", "Unsupported value"],
      ["6", "spec.terminationGracePeriodSeconds", "expected integer, got string "],
      ["7", "spec.volumes[0].name", "expected string, got integer 5 (quote it"],
      ["9", "spec.containers[0].name", "expected string, got integer 7 (quote it"],
      ["9", "spec.containers[0].image", "expected string, got boolean true (quote it"],
      ["9", "spec.containers[0].env[0].name", "Required value"],
      ["9", "spec.containers[0].env[0].value", "expected string, got integer 1 (quote it"],
      ["10", "spec.containers[1].command", "expected list, got string "],
      ["10", "spec.containers[1].ports[0].containerPort", "Invalid value"],
      ["10", "spec.containers[1].ports[1].containerPort", "expected integer, got string "],
    ]);
  });
});

Deno.test("givenFields() returns every field that is given, and of a map once", async () => {
  const text = POD.replace("{name: NAME}", "{name: web, labels: {a: b, c: d}}");
  await withFolder({ "a.yaml": text }, async (folder) => {
    const { documents } = await loadManifests(["a.yaml"], folder);
    deepEqual(givenFields(documents[0]!.object).map(({ field }) => field), [
      "apiVersion",
      "kind",
      "metadata.name",
      "metadata.labels",
      "spec.containers[0].name",
      "spec.containers[0].image",
    ]);
  });
});

Deno.test("StatusFile is whole, soon, and leaves nothing beside it", async () => {
  await withFolder({}, async (folder) => {
    const failures: unknown[] = [];
    let phase: "Pending" | "Running" = "Pending";
    const pod = () => ({
      apiVersion: "v1" as const,
      kind: "Pod" as const,
      metadata: { name: "p" },
      spec: { containers: [] },
      status: { phase },
    });
    const file = new StatusFile(`${folder}/s`, {
      read: () => [pod()],
      onFailed: (error) => failures.push(error),
      mode: 0o600,
    });
    deepEqual([...Deno.readDirSync(folder)], []);
    const read = () => JSON.parse(Deno.readTextFileSync(`${folder}/s`)).status.phase;
    file.write();
    equal(read(), "Pending");
    equal(Deno.statSync(`${folder}/s`).mode! & 0o777, 0o600);
    phase = "Running";
    file.noteChange();
    for (const end = Date.now() + 60_000; read() !== "Running";) {
      equal(Date.now() < end, true, "the change is not written");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["s"]);
    await Deno.remove(`${folder}/s`);
    await Deno.mkdir(`${folder}/s`);
    file.write();
    file.write();
    equal(failures.length, 1);
  });
});

Deno.test("StatusFile makes a new file under another name each time, and follows no link", async () => {
  await withFolder({ victim: "as it was" }, async (folder) => {
    const names = new Set<string>();
    let isWriting = false;
    const file = new StatusFile(`${folder}/s`, {
      read: () => {
        isWriting = true;
        return [];
      },
      onFailed: (error) => fail(String(error)),
    });
    // What a container could foresee.
    await Deno.symlink("victim", `${folder}/s.${Deno.pid}.tmp`);
    using watch = Deno.watchFs(folder);
    file.write();
    file.write();
    equal(isWriting, true);
    for await (const { paths } of watch) {
      for (const path of paths) if (path.endsWith(".tmp")) names.add(path);
      if (names.size === 2) break;
    }
    equal(names.has(`${folder}/s.${Deno.pid}.tmp`), false);
    equal(Deno.readTextFileSync(`${folder}/victim`), "as it was");
  });
});

Deno.test("StatusFile replaces files and what links lead to, nothing else", async () => {
  await withFolder({ real: "old" }, async (folder) => {
    const callbacks = { read: () => [], onFailed: (error: unknown) => fail(String(error)) };
    await Deno.symlink("real", `${folder}/link`);
    new StatusFile(`${folder}/link`, callbacks).write();
    equal(Deno.lstatSync(`${folder}/link`).isSymlink, true);
    equal(JSON.parse(Deno.readTextFileSync(`${folder}/real`)).kind, "List");
    await new Deno.Command("mkfifo", { args: [`${folder}/fifo`] }).output();
    for (const other of [folder, `${folder}/fifo`]) {
      throws(() => new StatusFile(other, callbacks), /not a regular file/);
    }
  });
});
