/** Scenario files that hold, that fail in their line, that cannot be run; on the virtual clock. */
import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { checkFile } from "../../../src/cli/check/check_file.ts";
import { paintLine } from "../../../src/cli/terminal/painted_line.ts";
import { SIMULATED } from "../../support/check_settings.ts";

/** Checks a text as a file, beside other files. */
async function check(
  text: string,
  { others = {}, ...settings }: Partial<typeof SIMULATED> & {
    readonly others?: Readonly<Record<string, string>>;
  } = {},
) {
  const directory = await Deno.makeTempDir();
  try {
    const files = { "s.yaml": text, ...others };
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}`, content);
    }
    return (await checkFile("s.yaml", { ...SIMULATED, directory, ...settings })).result;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const POD = `---
apiVersion: v1
kind: Pod
metadata: { name: shop }
spec:
  restartPolicy: OnFailure
  initContainers: [{ name: prepare, image: none }]
  containers: [{ name: web, image: none }]
`;

/** Every kind of expectation, one a line, and all of them right. */
const RIGHT = `about: one crash
script: { containers: { web: { runs: [{ exit: 3, output: "ready\\nsteady" }, 0] } } }
exitStatus: 0
phase: Succeeded
restarts: { web: 1 }
exits: { web: [3, 0] }
reasons: { web: [Error, Completed] }
messages: [OnFailure]
output: { web: [ready, steady] }
order: [container.exited prepare, at 2s container.started web restart 1, pod.phase Running]
never: [container.killing]
status: { containerStatuses: [{ restartCount: 1 }] }
statusAt: { 1500ms: { phase: Running } }
states: { prepare: [Waiting PodInitializing, Running, Terminated Completed 0] }
conditions: { Pod/shop: { Initialized: True PodCompleted } }
events: [Normal Started Container started]
machine: { shop: { hostname: shop } }
trace: |
  at 0s container.started prepare
  at 1s container.exited prepare Completed 0
  at 1s container.started web
  at 1s pod.phase Pending Running
  at 2s container.exited web Error 3 (R-RESTART-1)
  at 2s container.started web restart 1
  at 3s container.exited web Completed 0
  at 3s pod.phase Running Succeeded
${POD}`;

Deno.test("checkFile(): every kind of expectation holds", async () => {
  const { outcome, failures, errors } = await check(RIGHT);
  deepEqual(failures.map(({ field, expected, seen }) => `${field}: ${expected} | ${seen}`), []);
  deepEqual([outcome, errors], ["passed", []]);
});

/** Wrong in one place each: what is replaced, what stands there then, and what is reported. */
const wrong: readonly [
  right: string,
  wrong: string,
  line: number,
  field: string,
  expected: string,
  seen: string,
][] = [
  ["exitStatus: 0", "exitStatus: 3", 3, "exitStatus", "3", "0"],
  ["phase: Succeeded", "phase: Failed", 4, "phase", "Failed", "Succeeded"],
  ["restarts: { web: 1 }", "restarts: { web: 0 }", 5, "restarts.web", "0", "1"],
  ["[3, 0]", "[3, SIGKILL]", 6, "exits.web", '[3,"SIGKILL"]', "[3,0]"],
  ["[Error, Comp", "[OOMKilled, Comp", 7, "reasons.web[0]", "OOMKilled", "Error, Completed"],
  [
    "messages: [OnFailure]",
    "messages: [OnFailure, no such words]",
    8,
    "messages[1]",
    'a message with "no such words"',
    "no such message",
  ],
  [
    "[ready, steady]",
    "[steady, ready]",
    9,
    "output.web[1]",
    'a line with "ready"',
    "no further line",
  ],
  [
    ", at 2s container.started web restart 1",
    ", at 2s container.started web restart 2",
    10,
    "order[1]",
    "at 2s container.started web restart 2",
    "at 1s container.started web",
  ],
  [
    "order: [container.exited prepare, ",
    "order: [container.exited web, container.exited prepare, ",
    10,
    "order[1]",
    "container.exited prepare",
    "at 1s container.exited prepare Completed 0, before at 2s container.exited web Error 3",
  ],
  [
    "never: [container.killing]",
    "never: [container.exited web Error]",
    11,
    "never[0]",
    "no container.exited web Error",
    "at 2s container.exited web Error 3 (R-RESTART-1)",
  ],
  [
    "restartCount: 1 }",
    "restartCount: 2 }",
    12,
    "status.containerStatuses[0].restartCount",
    "2",
    "1",
  ],
  [
    "{ phase: Running }",
    "{ phase: Pending }",
    13,
    "statusAt.1500ms.phase",
    "Pending at 1.5s",
    "Running",
  ],
  [
    "PodInitializing, Running, Term",
    "ContainerCreating, Running, Term",
    14,
    "states.prepare",
    '["Waiting ContainerCreating","Running","Terminated Completed 0"]',
    '["Waiting PodInitializing","Running","Terminated Completed 0"]',
  ],
  [
    "True PodCompleted",
    "False",
    15,
    "conditions[Pod/shop].Initialized",
    "False",
    "True",
  ],
  [
    "Container started",
    "Started container",
    16,
    "events[0]",
    "Normal Started Started container",
    "Normal Started Container started",
  ],
  ["hostname: shop", "hostname: other", 17, "machine.shop.hostname", "other", "shop"],
  [
    "at 2s container.exited web Error 3 (R-RESTART-1)",
    "at 2s container.exited web Error 4 (R-RESTART-1)",
    23,
    "trace[4]",
    "at 2s container.exited web Error 4 (R-RESTART-1)",
    "at 2s container.exited web Error 3 (R-RESTART-1)",
  ],
  [
    "at 2s container.started web restart 1\n",
    "at 3s container.started web restart 1\n",
    24,
    "trace[5]",
    "at 3s container.started web restart 1",
    "at 2s container.started web restart 1",
  ],
  [
    "  at 3s pod.phase Running Succeeded\n",
    "",
    25,
    "trace[6]",
    "nothing more",
    "at 3s pod.phase Running Succeeded (R-PHASE-4)",
  ],
];
for (const [right, other, line, field, expected, seen] of wrong) {
  Deno.test(`checkFile(): ${other.trim() || "a missing line"} fails in line ${line}`, async () => {
    equal(RIGHT.split(right).length, 2, `${right} stands there once`);
    const { outcome, failures } = await check(RIGHT.replace(right, () => other));
    equal(outcome, "failed");
    deepEqual(
      failures.map((it) => [it.line, it.field, it.expected, it.seen]),
      [[line, field, expected, seen]],
    );
    match(failures[0]!.timeline.map((it) => paintLine(it, false)).join("\n"), /Pod default\/shop/);
  });
}

/** Ids that are not written out, since a test finds every id that is not a rule. */
const NO_RULES = ["BACKOF-3", "PHASE-400"].map((it) => `R-${it}`);

const refused: readonly [what: string, text: string, ...errors: string[]][] = [
  ["an empty file", "", "s.yaml:1:1: the file is empty: expected a scenario"],
  ["a file of comments", "# nothing\n\n", "s.yaml:1:1: the file is empty: expected a scenario"],
  [
    "a container that is not there",
    `about: x\nrestarts: { wbe: 1 }\n${POD}`,
    's.yaml:2:13: restarts.wbe: there is no container "wbe" (did you mean "web"?)',
  ],
  [
    "a field that is not known",
    `about: x\nrestart: { web: 1 }\n${POD}`,
    "s.yaml:1:1: it expects nothing: give trace, order, phase, exitStatus, restarts, exits or " +
    "another of docs/scenario.md",
    's.yaml:2:1: restart: unknown field "restart" (did you mean "restarts"?)',
  ],
  [
    "a fault of a container that is not there, and no time",
    `about: x\nphase: Succeeded\nend: 0\ninject: ["wbe:exit=1@1s", "web:oom"]\n${POD}`,
    "s.yaml:3:1: end: must be later than 0",
    's.yaml:4:10: inject[0]: there is no container "wbe" (did you mean "web"?)',
  ],
  [
    "rules that are not there",
    `about: x\nrules: [${NO_RULES[0]}]\norder: [pod.phase (R-PHASE-4), log (${
      NO_RULES[1]
    })]\n${POD}`,
    `s.yaml:2:9: rules[0]: there is no rule "${NO_RULES[0]}" (did you mean "R-BACKOFF-3"?)`,
    `s.yaml:3:32: order[1]: there is no rule "${NO_RULES[1]}" (did you mean "R-PHASE-4"?)`,
  ],
  [
    "a manifest that Kubernetes refuses",
    `about: x\nphase: Succeeded\n${POD.replace("OnFailure", "Sometimes")}`,
    's.yaml:8:3: spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", ' +
    '"OnFailure", "Never"',
  ],
  [
    "a manifest's file that is not there",
    "about: x\nphase: Succeeded\nmanifest: gone.yaml\n",
    "s.yaml:3:1: gone.yaml cannot be read: no such file or directory",
  ],
  [
    "one of two manifests that is not there, in its line",
    "about: x\nphase: Succeeded\nmanifest:\n  - pod.yaml\n  - ./gone.yaml\n",
    "s.yaml:5:5: ./gone.yaml cannot be read: no such file or directory",
  ],
  [
    "a manifest alone",
    POD.slice(4),
    "s.yaml:1:1: this is a manifest, not a scenario; name it by manifest: FILE in a scenario of " +
    'its own, or write the scenario before it, ended by a line of "---"',
  ],
  [
    "names that the manifest's file does not have",
    "about: x\nphase: { shpo: Succeeded }\nmanifest: pod.yaml\n",
    's.yaml:2:10: phase.shpo: there is no Pod "shpo" (did you mean "shop"?)',
  ],
];
for (const [what, text, ...expected] of refused) {
  Deno.test(`checkFile() refuses ${what}`, async () => {
    const { outcome, errors } = await check(text, { others: { "pod.yaml": POD } });
    equal(outcome, "refused");
    deepEqual(
      errors.map((it) => it.text),
      expected,
    );
  });
}

Deno.test("checkFile() refuses a file without an end", async () => {
  const { result } = await checkFile("/dev/zero", SIMULATED);
  deepEqual([result.outcome, result.errors.map(({ text }) => text)], [
    "refused",
    ["/dev/zero: cannot be read: it is larger than 64 MiB"],
  ]);
});

Deno.test("checkFile(): what fails says what the run warned of", async () => {
  const script = "script: { applies: [{ at: 1s, file: pod.yaml }] }";
  const { outcome, notes } = await check(`about: x\nphase: Failed\n${script}\n${POD}`, {
    others: { "pod.yaml": POD.replace("none }]\n", "other }]\n").replace("web", "sub") },
  });
  equal(outcome, "failed");
  match(notes.join("\n"), /^podling: Cannot apply pod\.yaml: /);
});

Deno.test("checkFile() refuses a file that cannot be read", async () => {
  const { result } = await checkFile("/no/such/file.yaml", SIMULATED);
  deepEqual([result.outcome, result.errors.map(({ text }) => text)], [
    "refused",
    ["/no/such/file.yaml: cannot be read: no such file or directory"],
  ]);
});

Deno.test("checkFile(): a scenario without an end fails by the bound, with its time", async () => {
  const text = `about: endless
phase: Succeeded
crashBackoff: "0"
script: { after: 0, containers: { web: { runs: [1] } } }
end: 100000h
${POD.replace("OnFailure", "Always")}`;
  const { outcome, failures } = await check(text, { timeoutMs: 300 });
  equal(outcome, "failed");
  deepEqual(failures.map(({ field, line, expected }) => [field, line, expected]), [
    ["end", 5, "an end within 300ms"],
  ]);
  match(
    failures[0]!.seen,
    /^it still ran at \S+ of lifecycle time; give an earlier end, or a longe/,
  );
});

Deno.test("checkFile(): manifests from other files, applied and deleted; owners and their Pods", async () => {
  const deployment = (replicas: number) =>
    `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers: [{ name: app, image: none }]
`;
  const result = await check(
    `about: a Deployment is scaled, heals, and goes
manifest: one.yaml
script:
  applies: [{ at: 5s, file: two.yaml }]
  deletions: [{ at: 10s, pod: "web#1" }, { at: 20s, object: deploy/web }]
end: 30s
phase: { "web#1": Failed }
exits: { "web#1/app": SIGTERM }
restarts: { "web#3/app": 0 }
conditions: { deploy/web: { Available: True } }
objects: { deploy/web: { readyReplicas: 2 } }
order:
  - at 0s container.started web#1/app
  - at 5s container.started web#2/app
  - at 10s container.killing web#1/app
  - at 10s container.started web#3/app
  - at 20s object.deleted Deployment default/web
  - at 20s container.killing web#2/app
`,
    { others: { "one.yaml": deployment(1), "two.yaml": deployment(2) } },
  );
  deepEqual(result.failures.map(({ field, seen }) => `${field}: ${seen}`), []);
  deepEqual([result.outcome, result.errors], ["passed", []]);
});
