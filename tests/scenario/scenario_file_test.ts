import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { formatManifestErrors } from "../../src/cli/manifest/manifests.ts";
import { parseEventPattern } from "../../src/scenario/event_pattern.ts";
import { findComparedKinds } from "../../src/scenario/expectations.ts";
import { parseScenario } from "../../src/scenario/scenario_file.ts";

const POD = `---
apiVersion: v1
kind: Pod
metadata: { name: shop }
spec:
  containers: [{ name: web, image: nginx }]
`;

const FILE = `# A comment before it
about: a crash
rules: [R-BACKOFF-3]
script:
  containers: { web: { runs: [1], after: 2s } }
  deletions: [{ at: 5s, pod: shop }]
inject: ["web:exit=3@1s"]
crashBackoff: 1s,4s
end: 1m
trace: |
  at 0s container.started web (R-ACT-3)
  at 1m30s log web stdout hello
exitStatus: 1
phase: Failed
restarts: { web: 2 }
exits: { web: [1, SIGKILL] }
reasons: { web: Error }
messages: [restarted]
output: { web: [hello] }
order: [container.exited web, at 1s..2s pod.phase]
never: [sandbox.exited]
conditions: { deploy/web: { Available: True } }
objects: { deploy/web: { replicas: 1 } }
status: { phase: Failed }
statusAt: { 1m: { phase: Running }, 2s: [{ phase: Pending }] }
states: { web: [Waiting ContainerCreating, Running, Terminated Error 1] }
events: [Warning BackOff Back-off restarting failed container]
machine: { web: { argv: [nginx] }, shop: { hostname: shop } }
${POD}---
kind: ConfigMap
apiVersion: v1
metadata: { name: settings }
`;

/** No expectation at all. */
const NOTHING = {
  order: [],
  never: [],
  phase: new Map(),
  restarts: new Map(),
  exits: new Map(),
  reasons: new Map(),
  messages: [],
  output: new Map(),
  conditions: new Map(),
  objects: new Map(),
  status: [],
  statusAt: [],
  states: new Map(),
  events: [],
  machine: new Map(),
};

Deno.test("parseScenario() reads every field, and the manifest behind it", () => {
  const { scenario, errors } = parseScenario(FILE, "s.yaml");
  deepEqual(formatManifestErrors(errors), []);
  equal(scenario.about, "a crash");
  deepEqual(scenario.rules, ["R-BACKOFF-3"]);
  deepEqual(scenario.objects.map(({ kind }) => kind), ["Pod", "ConfigMap"]);
  deepEqual(scenario.script.containers.get("web"), {
    runs: [{ exit: { exitCode: 1 } }],
    afterMs: [2000],
  });
  deepEqual(scenario.script.deletions, [{ at: 5000, pod: "shop" }]);
  deepEqual(scenario.inject, ["web:exit=3@1s"]);
  deepEqual(scenario.faults, [{ container: "web", type: "exit", exitCode: 3, at: 1000 }]);
  deepEqual(scenario.crashBackoff, { baseMs: 1000, maxMs: 4000 });
  equal(scenario.end, 60_000);
  const { trace, ...expected } = scenario.expected;
  deepEqual(trace, [
    {
      text: "at 0s container.started web (R-ACT-3)",
      kind: "container.started",
      words: ["web"],
      field: "trace[0]",
      at: { from: 0, to: 0 },
      rule: "R-ACT-3",
    },
    {
      text: "at 1m30s log web stdout hello",
      kind: "log",
      words: ["web", "stdout", "hello"],
      field: "trace[1]",
      at: { from: 90_000, to: 90_000 },
    },
  ]);
  deepEqual(expected, {
    ...NOTHING,
    exitStatus: 1,
    phase: new Map([["", "Failed"]]),
    restarts: new Map([["web", 2]]),
    exits: new Map([["web", [1, "SIGKILL"]]]),
    reasons: new Map([["web", ["Error"]]]),
    messages: ["restarted"],
    output: new Map<string, unknown>([["web", ["hello"]]]),
    order: [
      { text: "container.exited web", kind: "container.exited", words: ["web"], field: "order[0]" },
      {
        text: "at 1s..2s pod.phase",
        kind: "pod.phase",
        words: [],
        field: "order[1]",
        at: { from: 1000, to: 2000 },
      },
    ],
    never: [{ text: "sandbox.exited", kind: "sandbox.exited", words: [], field: "never[0]" }],
    conditions: new Map([["Deployment/web", new Map([["Available", "True"]])]]),
    objects: new Map([["Deployment/web", { replicas: 1 }]]),
    status: [{ field: "status", part: { phase: "Failed" } }],
    statusAt: [
      { at: 2000, status: [{ field: "statusAt.2s[0]", part: { phase: "Pending" } }] },
      { at: 60_000, status: [{ field: "statusAt.1m", part: { phase: "Running" } }] },
    ],
    states: new Map([["web", ["Waiting ContainerCreating", "Running", "Terminated Error 1"]]]),
    events: ["Warning BackOff Back-off restarting failed container"],
    machine: new Map<string, unknown>([["web", { argv: ["nginx"] }], ["shop", {
      hostname: "shop",
    }]]),
  });
});

Deno.test("parseScenario() has defaults for what a file omits", () => {
  const { scenario, errors } = parseScenario(`about: x\ntrace: ""\n${POD}`, "s.yaml");
  deepEqual(errors, []);
  deepEqual(scenario.script, { containers: new Map(), sandboxes: new Map(), deletions: [] });
  deepEqual(scenario.crashBackoff, { baseMs: 10_000, maxMs: 300_000 });
  equal(scenario.end, 3_600_000);
  equal(scenario.hasEnd, false);
  deepEqual(scenario.expected, { ...NOTHING, trace: [] });
  deepEqual([scenario.rules, scenario.inject, scenario.faults], [[], [], []]);
});

Deno.test("positionOf() finds fields and lines of the trace", () => {
  const { positionOf } = parseScenario(FILE, "s.yaml");
  deepEqual(positionOf("trace[1]"), { line: 12, column: 3 });
  deepEqual(positionOf("status.phase"), { line: 24, column: 11 });
  deepEqual(positionOf("status.message"), positionOf("status"));
  deepEqual(positionOf("events[0]"), { line: 27, column: 10 });
});

const refused: readonly [what: string, text: string, ...errors: string[]][] = [
  [
    "a field that is not known",
    `about: x\ntrace: ""\nscript: { containers: { web: { rnus: [1] } } }\n${POD}`,
    's.yaml:3:32: script.containers.web.rnus: unknown field "script.containers.web.rnus" (did ' +
    'you mean "runs"?)',
  ],
  [
    "names of no container and no Pod",
    "about: x\ntrace: |\n  at 0s container.started wbe\n  at 0s pod.phase Pending Running\n" +
    `script:\n  containers: { wbe: {} }\n  deletions: [{ at: 1s, pod: shpo }]\n` +
    `machine: { sop: {} }\nstates: { wbe: [] }\n${POD}`,
    's.yaml:3:3: trace[0]: there is no container "wbe" (did you mean "web"?)',
    's.yaml:6:17: script.containers.wbe: there is no container "wbe" (did you mean "web"?)',
    's.yaml:7:25: script.deletions[0].pod: there is no Pod "shpo" (did you mean "shop"?)',
    's.yaml:8:12: machine.sop: there is no Pod or container "sop" (did you mean "shop"?)',
    's.yaml:9:11: states.wbe: there is no container "wbe" (did you mean "web"?)',
  ],
  [
    "a line of the trace that is not an event",
    `about: x\ntrace: |\n  at 5 container.started web\n\n  container.exited web\n${POD}`,
    's.yaml:3:3: trace[0]: "5" is not a duration such as 100ms, 3s, 1m30s or 2h (did you mean ' +
    '"5s"?)',
    's.yaml:4:1: trace[1]: "" is not an event: expected at TIME KIND WHO WHAT (RULE), such as ' +
    "at 1s container.exited web Error 1",
    's.yaml:5:3: trace[2]: "container.exited web" is not an event: expected at TIME KIND WHO ' +
    "WHAT (RULE), such as at 1s container.exited web Error 1",
  ],
  [
    "values of a wrong type, and fields that are missing",
    `rules: R-ACT-3\nstatus: [{}, 3]\nevents: [BackOff]\nend: [1]\nmachine: { web: 1 }\n` +
    `statusAt: { 1s: 1, x: {} }\nstates: { web: [Done] }\n${POD}`,
    "s.yaml:1:1: about is missing",
    's.yaml:1:1: rules: expected list, got "R-ACT-3"',
    "s.yaml:2:1: status: 2 statuses for 1 Pods of the manifest",
    "s.yaml:2:14: status[1]: expected object, got 3",
    's.yaml:3:10: events[0]: "BackOff" is not an Event: expected TYPE REASON MESSAGE, such as ' +
    "Warning BackOff Back-off restarting failed container",
    "s.yaml:4:1: end: expected a duration such as 2s, got [1]",
    "s.yaml:5:12: machine.web: expected object, got 1",
    "s.yaml:6:13: statusAt.1s: expected object, got 1",
    's.yaml:6:20: statusAt.x: "x" is not a duration such as 100ms, 3s, 1m30s or 2h',
    's.yaml:7:17: states.web[0]: "Done" is not a state: expected Waiting REASON, Running or ' +
    "Terminated REASON CODE",
  ],
  [
    "what cannot be expected",
    `about: x\nphase: Done\nexits: { web: 300 }\nrestarts: { web: -1 }\norder: [5, "at x y"]\n` +
    `conditions: { web: {}, Deplyment/web: {}, Pod/web: { Ready: yes, Other: Maybe } }\n` +
    `speed: 0\n${POD}`,
    's.yaml:2:1: phase: "Done" is not a phase: Pending, Running, Succeeded, Failed, Unknown',
    "s.yaml:3:10: exits.web: expected an exit code from 0 to 255, or a signal such as SIGKILL, " +
    "got 300",
    "s.yaml:4:13: restarts.web: expected a number from 0, got -1",
    "s.yaml:5:9: order[0]: expected string, got 5",
    's.yaml:5:12: order[1]: "x" is not a duration such as 100ms, 3s, 1m30s or 2h',
    's.yaml:6:15: conditions.web: "web" is not KIND/NAME, such as Deployment/web',
    's.yaml:6:24: conditions[Deplyment/web]: "Deplyment/web" is not KIND/NAME, such as ' +
    "Deployment/web",
    's.yaml:6:43: conditions[Pod/web]: there is no Pod "web" (did you mean "shop"?)',
    's.yaml:6:66: conditions[Pod/web].Other: "Maybe" is not the state of a condition: expected ' +
    "True, False or Unknown, and a reason if it matters",
    "s.yaml:7:1: speed: expected a number above 0, got 0",
  ],
  [
    "a scenario that expects nothing",
    `about: x\nend: 5s\n${POD}`,
    "s.yaml:1:1: it expects nothing: give trace, order, phase, exitStatus, restarts, exits or " +
    "another of docs/scenario.md",
  ],
  [
    "settings that cannot be parsed",
    `about: x\ntrace: ""\ninject: ["web:oops", 3]\ncrashBackoff: 4s,1s\n${POD}`,
    's.yaml:3:10: inject[0]: "oops" is not a fault; known faults: exit=CODE[@TIME], oom[@TIME], ' +
    "hang-on-term, probe-fail[@FROM..TO] (did you mean oom?)",
    "s.yaml:3:22: inject[1]: expected string, got 3",
    "s.yaml:4:1: crashBackoff: the longest delay, 1s, is below the first, 4s",
  ],
  [
    "a manifest with errors, by its own lines",
    `about: x\ntrace: |\n  at 0s container.started other\n${POD.replace("image", "imgae")}`,
    's.yaml:9:29: spec.containers[0].imgae: unknown field "spec.containers[0].imgae" (did you ' +
    'mean "image"?)',
  ],
  [
    "a file without a manifest",
    'about: x\ntrace: ""\n',
    's.yaml:1:1: the manifest is missing: expected it after a line of "---", or its file as ' +
    "manifest",
  ],
];
for (const [what, text, ...errors] of refused) {
  Deno.test(`parseScenario() refuses ${what}`, () => {
    deepEqual(formatManifestErrors(parseScenario(text, "s.yaml").errors), errors);
  });
}

Deno.test("parseScenario() reports text that is not YAML alone", () => {
  const { errors } = parseScenario(`about: [x\ntrace: ""\n${POD}`, "s.yaml");
  equal(errors.length, 1);
  match(formatManifestErrors(errors)[0]!, /^s\.yaml:\d+:\d+: /);
});

Deno.test("parseScenario() never throws, whatever is cut off a file", () => {
  for (let end = 0; end < FILE.length; end += 3) {
    parseScenario(FILE.slice(0, end), "s.yaml");
    parseScenario(FILE.slice(0, end) + FILE.slice(end + 7), "s.yaml");
  }
  for (const text of ["", "---", "[]", "3", "null\n---\n", "about: x\n---\nkind: Pod\n"]) {
    parseScenario(text, "s.yaml");
  }
});

Deno.test("findComparedKinds() adds what a trace names to the usual kinds", () => {
  const lines = ["at 0s sandbox.started 0", "at 1s probe.result web liveness"];
  const kinds = findComparedKinds(lines.map((line) => parseEventPattern(line, true)));
  deepEqual(
    [...kinds].toSorted(),
    [
      ...["container.exited", "container.killing", "container.started", "container.waiting"],
      ...["pod.phase", "probe.result", "sandbox.started"],
    ],
  );
});
