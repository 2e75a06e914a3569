/** The folder of a node's own Pods, as files come, change and go. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../../src/api/kinds/strategy/late_rules.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { ManifestFolder } from "../../../src/cli/serving/manifest_folder.ts";

await loadRules(["Pod"]);

function makeFolder() {
  const parent = Deno.makeTempDirSync({ prefix: "podling-manifests-" });
  const path = `${parent}/m`;
  const lines: string[] = [];
  const folder = new ManifestFolder({
    path,
    name: "m",
    nodeName: "n",
    adviseOn: ({ spec }) => ({
      errors: [],
      warnings: spec.hostPID ? ["spec.hostPID is not enforced: x"] : [],
    }),
    clock: systemClock(),
    warn: (line) => lines.push(line),
  });
  return {
    path,
    folder,
    write: (name: string, text: string) => Deno.writeTextFileSync(`${path}/${name}`, text),
    remove: (name: string) => Deno.removeSync(`${path}/${name}`),
    /** The lines since the last call. */
    take: () => lines.splice(0),
    read: async () => namesOf(await folder.read()),
    [Symbol.dispose]: () => Deno.removeSync(parent, { recursive: true }),
  };
}

const namesOf = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);

const pod = (name: string, more = "") =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers:\n` +
  `  - name: c\n    image: i\n${more}`;

Deno.test("each file is a Pod, whatever its ending; what editors leave is not", async () => {
  using it = makeFolder();
  Deno.mkdirSync(it.path);
  it.write("b.yaml", pod("b"));
  it.write("a", pod("a"));
  it.write(
    "c.json",
    JSON.stringify({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "c" },
      spec: { containers: [{ name: "c", image: "i" }] },
    }),
  );
  it.write("two.yaml", `${pod("d")}---\n${pod("e")}`);
  for (
    const name of [".hidden.yaml", ".a.swp", "a~", "#a#", "x.yaml.swp", "y.tmp", "z.bak", "4913"]
  ) {
    it.write(name, "{");
  }
  Deno.mkdirSync(`${it.path}/folder`);
  deepEqual(await it.read(), ["a-n", "b-n", "c-n", "d-n", "e-n"]);
  deepEqual(it.take(), []);
  deepEqual(await it.read(), ["a-n", "b-n", "c-n", "d-n", "e-n"]);
});

const bad: readonly [what: string, text: string, lines: readonly RegExp[]][] = [
  [
    "no YAML",
    "kind: [\n",
    [/^m\/f\.yaml:\d+:\d+: /],
  ],
  [
    "an unknown field",
    pod("f", "    imgae: x\n"),
    [/^m\/f\.yaml:9:5: spec\.containers\[0\]\.imgae: unknown field .*did you mean "image"/],
  ],
  [
    "an invalid Pod",
    pod("f").replace("name: c\n", "name: C_\n"),
    [/^m\/f\.yaml:7:\d+: spec\.containers\[0\]\.name: Invalid value: "C_": /],
  ],
  [
    "another kind",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: f\n",
    [/^m\/f\.yaml:2:\d+: kind: Invalid value: "ConfigMap": only Pods can be in this folder$/],
  ],
  [
    "a kind that nothing knows",
    "apiVersion: example.com/v1\nkind: Widget\nmetadata:\n  name: f\n",
    [/^m\/f\.yaml:2:\d+: kind: Invalid value: "Widget": only Pods can be in this folder$/],
  ],
  [
    "a reference to the API",
    `${pod("f")}  serviceAccountName: a\n`,
    [/^m\/f\.yaml:9:\d+: spec\.serviceAccountName: Forbidden: static pods may not reference servic/],
  ],
  ["nothing", "\n", [/^m\/f\.yaml: no Pod in it$/]],
];
for (const [what, text, lines] of bad) {
  Deno.test(`a file is reported once, and harms no other: ${what}`, async () => {
    using it = makeFolder();
    Deno.mkdirSync(it.path);
    it.write("a.yaml", pod("a"));
    it.write("f.yaml", text);
    deepEqual(await it.read(), ["a-n"]);
    const found = it.take();
    equal(found.length, lines.length, found.join("\n"));
    for (const [index, line] of lines.entries()) match(found[index]!, line);
    deepEqual(await it.read(), ["a-n"]);
    deepEqual(it.take(), []);
    it.write("f.yaml", pod("f"));
    deepEqual(await it.read(), ["a-n", "f-n"]);
    // What runs goes on while its file cannot be read.
    it.write("f.yaml", text);
    deepEqual(await it.read(), ["a-n", "f-n"]);
    equal(it.take().length, lines.length);
    it.remove("f.yaml");
    deepEqual(await it.read(), ["a-n"]);
  });
}

Deno.test("another content is another Pod; two of one name are one, and said", async () => {
  using it = makeFolder();
  Deno.mkdirSync(it.path);
  it.write("a.yaml", pod("a"));
  const [first] = await it.folder.read();
  match(first!.metadata.uid!, /^[0-9a-f]{32}$/);
  const [again] = await it.folder.read();
  equal(again, first);
  it.write("a.yaml", pod("a", "    command: [x]\n"));
  const [changed] = await it.folder.read();
  equal(changed!.metadata.uid === first!.metadata.uid, false);
  it.write("b.yaml", pod("a"));
  deepEqual(await it.read(), ["a-n"]);
  deepEqual(it.take(), ['m/b.yaml:4:3: metadata.name: Duplicate value: "a"']);
  it.remove("a.yaml");
  deepEqual(await it.read(), ["a-n"]);
});

Deno.test("what the machine does not enforce is said", async () => {
  using it = makeFolder();
  Deno.mkdirSync(it.path);
  it.write("a.yaml", `${pod("a")}  hostPID: true\n`);
  deepEqual(await it.read(), ["a-n"]);
  deepEqual(it.take(), ["m/a.yaml: warning: spec.hostPID is not enforced: x"]);
});

Deno.test("what is not a file, is too large, or leads to nothing is reported", async () => {
  using it = makeFolder();
  Deno.mkdirSync(it.path);
  Deno.symlinkSync("/dev/zero", `${it.path}/device`);
  Deno.symlinkSync("missing", `${it.path}/nowhere`);
  it.write("large", "#".repeat(4 << 20));
  deepEqual(await it.read(), []);
  deepEqual(it.take().toSorted(), [
    "m/device: cannot be read: it is not a file",
    "m/large: cannot be read: it is larger than 3 MiB",
  ]);
});

Deno.test("a folder is followed before it is there, through changes, and until it is gone", async () => {
  using it = makeFolder();
  const over = new AbortController();
  const seen: string[] = [];
  const following = it.folder.follow((pods) => {
    seen.push(namesOf(pods).join());
  }, over.signal);
  /** Waits for these names. */
  const until = async (names: string) => {
    const end = Date.now() + 120_000;
    while (seen.at(-1) !== names) {
      if (Date.now() > end) throw new Error(`${names}, not ${seen}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await until("");
  deepEqual(it.take(), ["--manifests: m: it is not there; its Pods begin when it is"]);
  Deno.mkdirSync(it.path);
  it.write("a.yaml", pod("a"));
  await until("a-n");
  it.write("b.yaml", pod("b"));
  await until("a-n,b-n");
  // As editors do it.
  it.write("b.yaml~", pod("c"));
  Deno.renameSync(`${it.path}/b.yaml~`, `${it.path}/b.yaml`);
  await until("a-n,c-n");
  it.remove("a.yaml");
  await until("c-n");
  Deno.removeSync(it.path, { recursive: true });
  await until("");
  over.abort();
  await following;
});
