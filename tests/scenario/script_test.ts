import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import type { Pod } from "../../src/api/types/pod.ts";
import { formatManifestErrors } from "../../src/cli/manifest/manifests.ts";
import {
  emptyScript,
  parseAfterOption,
  parseEnd,
  parseExitOption,
  parseProbeOption,
  type Script,
  withOptions,
} from "../../src/scenario/script.ts";
import { parseScript } from "../../src/scenario/script_file.ts";
import type { KubernetesObject } from "../../src/api/types/kinds.ts";
import { PodNames } from "../../src/scenario/pod_names.ts";
import { podOf } from "../support/simulation.ts";
import { createPlay, findUnknownNames } from "../../src/scenario/script_play.ts";
import type { ContainerConfig, PodSandboxConfig } from "../../src/runtime/config.ts";
import type { HandlerPurpose } from "../../src/runtime/runtime.ts";

const ends = [
  ["0", { exit: { exitCode: 0 } }],
  ["255", { exit: { exitCode: 255 } }],
  ["SIGSEGV", { exit: { signal: "SIGSEGV" } }],
  ["oom", { exit: { signal: "SIGKILL", oomKilled: true } }],
  ["StartError", { startError: "set by the script" }],
  ["CreateContainerError", { createError: "set by the script" }],
  ["running", {}],
] as const;
for (const [text, run] of ends) {
  Deno.test(`parseEnd() reads ${text}`, () => deepEqual(parseEnd(text), run));
}
for (const text of ["256", "-1", "SIGNOTHING", "OOM", "", "1.5"]) {
  Deno.test(`parseEnd() refuses ${JSON.stringify(text)}`, () => {
    throws(() => parseEnd(text), {
      name: "UsageError",
      message: /is not the end of a run: expected an exit code/,
    });
  });
}

Deno.test("parseExitOption() and parseAfterOption() read lists", () => {
  deepEqual(parseExitOption("web=1,oom"), {
    container: "web",
    value: [{ exit: { exitCode: 1 } }, { exit: { signal: "SIGKILL", oomKilled: true } }],
  });
  deepEqual(parseAfterOption("p/web=2s,100ms"), { container: "p/web", value: [2000, 100] });
  deepEqual(parseAfterOption("2s"), { value: [2000] });
  throws(() => parseExitOption("web"), /is not CONTAINER=END/);
  throws(() => parseExitOption("web="), /is not the end of a run/);
  throws(() => parseAfterOption("1s,2s"), /several durations need their container/);
});

const FILE = `
after: 500ms
containers:
  web:
    after: [2s, 3s]
    onStop: ignore
    runs:
      - 1
      - SIGKILL
      - { exit: 3, after: 1m, message: out of cheese, startAfter: 20ms }
      - { after: 1s, onStop: { exit: 0, after: 4s } }
      - { startError: no such file }
      - { createError: no room }
      - running
  p/db:
    runs: [{ onStop: 7 }]
    probes: { liveness: fail@30s.., readiness: [error@..5s, hang@6s..7s, warn] }
    hooks: { postStart: { after: 3s, exit: 1 }, preStop: [{ exit: 2 }, {}] }
sandboxes:
  p: [{ after: 10s, startAfter: 1s }, { error: no address left }, { evicted: { after: 5s, message: too much } }]
deletions:
  - { at: 30s, pod: p, grace: 5s }
`;

Deno.test("parseScript() reads all that can be said", () => {
  const { script, errors } = parseScript(FILE, "s.yaml");
  deepEqual(errors, []);
  deepEqual(script, {
    afterMs: 500,
    containers: new Map(Object.entries({
      web: {
        afterMs: [2000, 3000],
        onStop: "ignore",
        runs: [
          { exit: { exitCode: 1 } },
          { exit: { signal: "SIGKILL" } },
          {
            exit: { exitCode: 3, terminationMessage: "out of cheese" },
            afterMs: 60_000,
            startMs: 20,
          },
          { exit: {}, afterMs: 1000, onStop: { afterMs: 4000, exit: { exitCode: 0 } } },
          { startError: "no such file" },
          { createError: "no room" },
          {},
        ],
      },
      "p/db": {
        runs: [{ onStop: { afterMs: 0, exit: { exitCode: 7 } } }],
        probes: new Map([
          ["liveness", [{ answer: "failure", from: 30_000, to: Infinity }]],
          ["readiness", [
            { answer: "error", from: 0, to: 5000 },
            { answer: "hang", from: 6000, to: 7000 },
            { answer: "warning", from: 0, to: Infinity },
          ]],
        ]),
        hooks: { postStart: [{ afterMs: 3000, exitCode: 1 }], preStop: [{ exitCode: 2 }, {}] },
      },
    })),
    sandboxes: new Map([
      ["p", [
        { exitAfterMs: 10_000, startMs: 1000 },
        { error: "no address left" },
        { eviction: { afterMs: 5000, message: "too much" } },
      ]],
    ]),
    deletions: [{ at: 30_000, pod: "p", graceSeconds: 5 }],
  });
});

Deno.test("the script in docs/simulate.md is valid", () => {
  const page = Deno.readTextFileSync(new URL("../../docs/simulate.md", import.meta.url));
  const [, text] = /```yaml\n(after: [^]*?)```/.exec(page)!;
  const { script, errors } = parseScript(text!, "simulate.md");
  deepEqual(errors, []);
  deepEqual([...script.containers.keys()], ["web"]);
});

const refused: readonly [text: string, ...lines: string[]][] = [
  [
    "contaniers: {}",
    's.yaml:1:1: contaniers: unknown field "contaniers" (did you mean "containers"?)',
  ],
  [
    "containers:\n  web:\n    rnus: []",
    's.yaml:3:5: containers.web.rnus: unknown field "containers.web.rnus" (did you mean "runs"?)',
  ],
  [
    "containers: {web: {runs: [1, 300]}}",
    's.yaml:1:30: containers.web.runs[1]: "300" is not the end of a run: expected an exit code from 0 to 255, a ' +
    "signal such as SIGKILL, oom, StartError, CreateContainerError or running",
  ],
  [
    "containers: {web: {runs: 1}}",
    "s.yaml:1:20: containers.web.runs: expected list, got 1",
  ],
  [
    "containers: {a/b: {after: 2}}",
    's.yaml:1:20: containers[a/b].after: "2" is not a duration such as 100ms, 3s, 1m30s or 2h ' +
    '(did you mean "2s"?)',
  ],
  [
    "containers: {web: {runs: [{exit: running, after: 2s}]}}",
    "s.yaml:1:27: containers.web.runs[0]: not allowed with a run that never ends by itself",
  ],
  [
    "containers: {web: {runs: [{startError: x, exit: 2}]}}",
    "s.yaml:1:27: containers.web.runs[0]: not allowed with a run that never starts",
  ],
  ["deletions: [{at: 1s}]", "s.yaml:1:13: deletions[0]: pod is missing: which one is deleted"],
  ["after: {}", "s.yaml:1:1: after: expected a duration such as 2s, got {}"],
  [
    "containers: {web: {probes: {livenes: fail}}}",
    's.yaml:1:29: containers.web.probes.livenes: unknown field "containers.web.probes.livenes" ' +
    '(did you mean "liveness"?)',
  ],
  [
    "containers: {web: {probes: {startup: fial}}}",
    's.yaml:1:29: containers.web.probes.startup: "fial" is not an answer of a probe: expected fail, error, warn or hang, ' +
    "with a time: fail@30s..",
  ],
  [
    "containers: {web: {hooks: {preStop: {exit: oom}}}}",
    "s.yaml:1:38: containers.web.hooks.preStop.exit: a hook ends with an exit code",
  ],
  ["a: 1\n---\nb: 2", "s.yaml:3:1: a script must be a single YAML document"],
  ["after: [", "s.yaml:1:9: "],
  ["- 1", "s.yaml:1:1: expected object, got [1]"],
];
for (const [text, ...lines] of refused) {
  Deno.test(`parseScript() refuses ${JSON.stringify(text)}`, () => {
    const found = formatManifestErrors(parseScript(text, "s.yaml").errors);
    deepEqual(
      found.map((it, index) => it.slice(0, lines[index]?.endsWith(": ") ? 12 : undefined)),
      lines,
    );
  });
}

Deno.test("an empty script says nothing", () => {
  for (const text of ["", "# later\n"]) {
    const { script, errors } = parseScript(text, "s.yaml");
    deepEqual(script, emptyScript);
    deepEqual(errors, []);
  }
});

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "p" },
  spec: {
    restartPolicy: "Always",
    initContainers: [{ name: "init" }, { name: "side", restartPolicy: "Always" }],
    containers: [{ name: "web" }, { name: "job", restartPolicy: "OnFailure" }],
  },
};

/** What the first attempts at a container come to. */
function attempts(script: Script, name: string, count: number, of = pod) {
  const play = createPlay(script, () => of);
  const config = { podUid: "u", name } as ContainerConfig;
  const sandbox = { namespace: "default", podName: "p" } as PodSandboxConfig;
  return Array.from({ length: count }, () => play.container!(config, sandbox));
}

const endsWell = { exit: {}, exitAfterMs: 1000 };

Deno.test("createPlay(): a Pod that appears later is played by its own policy, and so is one created again", () => {
  const pods: Pod[] = [];
  const play = createPlay(emptyScript, () => pods.at(-1)!);
  const run = (podUid: string) =>
    play.container!(
      { podUid, name: "web" } as ContainerConfig,
      { namespace: "default", podName: "p" } as PodSandboxConfig,
    );
  pods.push(pod);
  deepEqual(run("u"), {});
  pods.push({ ...pod, spec: { ...pod.spec, restartPolicy: "Never" } });
  deepEqual(run("v"), endsWell);
});

for (
  const [name, policy, expected] of [
    ["init", "Always", endsWell],
    ["side", "Never", {}],
    ["web", "Always", {}],
    ["web", "OnFailure", endsWell],
    ["web", "Never", endsWell],
    ["job", "Always", endsWell],
  ] as const
) {
  Deno.test(`of ${name} in a Pod with ${policy} nothing is said`, () => {
    const changed: Pod = { ...pod, spec: { ...pod.spec, restartPolicy: policy } };
    deepEqual(attempts(emptyScript, name, 1, changed), [expected]);
  });
}

Deno.test("runs come in turn, the last for all that follow; the nearest word counts", () => {
  const { script } = parseScript(
    "{after: 9s, containers: {web: {after: [2s, 3s], onStop: ignore, runs: [1, {exit: 2, after: 7s, onStop: exit}, 0]}}}",
    "s.yaml",
  );
  deepEqual(attempts(script, "web", 4), [
    { exit: { exitCode: 1 }, exitAfterMs: 2000, onStopSignal: "ignore" },
    { exit: { exitCode: 2 }, exitAfterMs: 7000, onStopSignal: "exit" },
    { exit: { exitCode: 0 }, exitAfterMs: 3000, onStopSignal: "ignore" },
    { exit: { exitCode: 0 }, exitAfterMs: 3000, onStopSignal: "ignore" },
  ]);
  deepEqual(attempts(script, "init", 1), [{ exit: {}, exitAfterMs: 9000 }]);
});

Deno.test("a restart takes the time that the script sets", () => {
  const { script } = parseScript(
    "containers: {web: {runs: [{exit: 1, after: 0s, startAfter: 5ms}, {startError: x}, {startAfter: 1s}]}}",
    "s.yaml",
  );
  const play = createPlay(script, () => pod, 100);
  const config = { podUid: "u", name: "web" } as ContainerConfig;
  const sandbox = { namespace: "default", podName: "p" } as PodSandboxConfig;
  const starts = Array.from({ length: 3 }, () => play.container!(config, sandbox).startMs);
  deepEqual(starts, [5, 100, 1000]);
});

Deno.test("options are said above the file", () => {
  const { script } = parseScript("containers: {web: {onStop: ignore, runs: [1]}}", "s.yaml");
  const changed = withOptions(script, {
    exit: [parseExitOption("web=0"), parseExitOption("p/init=3")],
    after: [parseAfterOption("4s"), parseAfterOption("web=5s")],
    probe: [],
  });
  deepEqual(attempts(changed, "web", 1), [
    { exit: { exitCode: 0 }, exitAfterMs: 5000, onStopSignal: "ignore" },
  ]);
  deepEqual(attempts(changed, "init", 1), [{ exit: { exitCode: 3 }, exitAfterMs: 4000 }]);
});

Deno.test("probes and hooks are answered by time and by run", () => {
  const { script } = parseScript(FILE, "s.yaml");
  const changed = withOptions(script, {
    exit: [],
    after: [],
    probe: [parseProbeOption("p/db:liveness=hang@40s..50s")],
  });
  const [first, second] = attempts(changed, "db", 2);
  const ask = (purpose: HandlerPurpose, at = 0, run = first) =>
    run!.handler!({ purpose, handler: { type: "exec", argv: ["x"] } }, at);
  const set = { output: "set by the script" };
  deepEqual(ask("liveness", 29_999), {});
  deepEqual(ask("liveness", 30_000), { outcome: "failure", ...set });
  deepEqual(ask("liveness", 40_000), { afterMs: Infinity });
  deepEqual(ask("readiness", 4999), { outcome: "error", ...set });
  deepEqual(ask("readiness", 5000), { outcome: "warning", ...set });
  deepEqual(ask("startup"), {});
  deepEqual(ask("postStart"), { afterMs: 3000, exitCode: 1, outcome: "failure" });
  deepEqual(ask("preStop"), { afterMs: 0, exitCode: 2, outcome: "failure" });
  deepEqual(ask("preStop", 0, second), { afterMs: 0, exitCode: 0, outcome: "success" });
});

Deno.test("parseProbeOption() reads and refuses", () => {
  deepEqual(parseProbeOption("p/web:startup=error"), {
    container: "p/web",
    probe: "startup",
    value: { answer: "error", from: 0, to: Infinity },
  });
  throws(() => parseProbeOption("web=fail"), /is not CONTAINER:PROBE=ANSWER/);
  throws(() => parseProbeOption("web:livness=fail"), /did you mean "liveness"\?/);
  throws(() => parseProbeOption("web:liveness=toString"), /is not an answer of a probe/);
  throws(() => parseProbeOption("web:liveness=fail@3s"), /is not FROM\.\.TO/);
});

Deno.test("findUnknownNames() finds what is in no Pod", () => {
  const { script, locate } = parseScript(
    "containers: {wbe: {}, p/web: {}, q/web: {}}\nsandboxes: {p: [], x: []}\ndeletions: [{pod: q}]",
    "s.yaml",
  );
  deepEqual(formatManifestErrors(findUnknownNames(script, [pod]).map(locate)), [
    's.yaml:1:14: containers.wbe: there is no container "wbe" (did you mean "web"?)',
    's.yaml:1:34: containers[q/web]: there is no container "q/web" (did you mean "web"?)',
    's.yaml:2:20: sandboxes.x: there is no Pod "x" (did you mean "p"?)',
    's.yaml:3:14: deletions[0].pod: there is no Pod "q" (did you mean "p"?)',
  ]);
});

Deno.test("parseScript() reads what is applied, and asks for the file", () => {
  const { script, errors } = parseScript("applies: [{ at: 5s, file: v2.yaml }, { at: 6s }]", "s");
  deepEqual(script.applies, [{ at: 5000, file: "v2.yaml" }, { at: 6000, file: "" }]);
  deepEqual(errors.map(({ field, message }) => [field, message]), [
    ["applies[1]", "file is missing: which manifest is applied"],
  ]);
});

Deno.test("createPlay(): a container is named by what controls its Pod, and by the Pod's number", () => {
  const pods = ["web-a", "web-b"].map((name) => {
    const pod = podOf(name, ["c"]);
    return { ...pod, metadata: { ...pod.metadata, uid: name } };
  });
  const names = new PodNames();
  const owner = { metadata: { name: "web" } } as KubernetesObject;
  for (const pod of pods) names.add(pod, [owner]);
  const { script } = parseScript(
    'containers: { web/c: { runs: [1] }, "web#2/c": { runs: [2] } }\n' +
      'sandboxes: { "web/*": [{ after: 1s }], "web#2": [{ after: 2s }] }',
    "s",
  );
  deepEqual(findUnknownNames(script, [podOf("web", ["c"])]), []);
  const findPod = ({ podUid }: PodSandboxConfig) =>
    pods.find(({ metadata }) => metadata.uid === podUid)!;
  const play = createPlay(script, findPod, 0, names);
  const of = (podName: string) => ({ namespace: "default", podName, podUid: podName });
  const codes = pods.map(({ metadata: { name } }) =>
    play.container!(
      { podUid: name, name: "c", restartCount: 0 } as ContainerConfig,
      of(name) as PodSandboxConfig,
    ).exit?.exitCode
  );
  deepEqual(codes, [1, 2]);
  const lives = pods.map(({ metadata: { name } }) =>
    play.sandbox!(of(name) as PodSandboxConfig).exitAfterMs
  );
  deepEqual(lives, [1000, 2000]);
});
