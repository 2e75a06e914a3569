/**
 * The glossary knows every word that the program text, and the rules every one that a decision
 * names.
 */
import { deepStrictEqual as deepEqual, match, ok } from "node:assert/strict";
import {
  deadlineReason,
  terminatedReasons,
  waitingReasons,
} from "../../src/lifecycle/record/reasons.ts";
import { meaningOfExit, meaningOfStatus } from "../../src/report/exit_code.ts";
import { glossary } from "../../src/report/glossary.ts";
import { rules } from "../../src/report/rules.ts";

const SRC = new URL("../../src/", import.meta.url).pathname;

function readRoom(room: string): string {
  return [...Deno.readDirSync(SRC + room)].map(({ name, isDirectory }) => {
    const path = `${room}/${name}`;
    return isDirectory ? readRoom(path) : Deno.readTextFileSync(SRC + path);
  }).join("\n");
}

Deno.test("every reason of lifecycle and node is in the glossary", () => {
  const code = readRoom("lifecycle") + readRoom("node");
  const said = [...code.matchAll(/\breason: "([A-Z]\w+)"/g)].map((it) => it[1]!)
    .filter((it) => it !== "InternalError"); // Of an answer: its message is all there is.
  const words = [
    ...Object.keys(waitingReasons),
    ...Object.keys(terminatedReasons),
    deadlineReason,
    ...said,
  ];
  ok(said.length > 5);
  deepEqual([...new Set(words)].filter((word) => glossary[word] === undefined), []);
});

Deno.test("every reason of Jobs, CronJobs, StatefulSets and DaemonSets is in the glossary", () => {
  const folders = ["job", "cron_job", "stateful_set", "daemon_set"];
  const code = folders.map((it) => readRoom(`controllers/${it}`)).join("\n");
  const reasons = /\b(?:reason: |failure\(|withWarning\(\w+, |Met", )"([A-Z]\w+)"/g;
  const found = [...code.matchAll(reasons)].map((it) => it[1]!)
    .filter((word) => !word.startsWith("Successful"));
  ok(found.length > 10, found.join());
  deepEqual([...new Set(found)].filter((word) => glossary[word] === undefined), []);
});

/**
 * Phases, condition types, reasons and displayed words of Kubernetes that the lifecycle itself may
 * not say.
 */
const others = [
  ..."Pending Running Succeeded Failed Unknown".split(" "),
  ..."PodScheduled PodReadyToStartContainers Initialized Ready ContainersReady AllContainersRestarting"
    .split(" "),
  ..."CreateContainerConfigError CreateContainerError PreCreateHookError PreStartHookError RunContainerError"
    .split(" "),
  ..."PostStartHookError ErrImagePull ImagePullBackOff ErrImageNeverPull InvalidImageName ImageInspectError"
    .split(" "),
  ..."ContainerCannotRun Unknown Evicted NodeLost Terminating NotReady RestartAllContainersStarted"
    .split(" "),
  ..."Scheduled Created Started Failed Killing BackOff Unhealthy ProbeWarning FailedPostStartHook"
    .split(" "),
  ..."FailedPreStopHook SandboxChanged FailedCreatePodSandBox FailedKillPod FailedMount DeadlineExceeded"
    .split(" "),
  ..."FailedSync LifecycleHTTPFallback BestEffort Burstable Guaranteed".split(" "),
];
Deno.test("the words of Kubernetes' tables are in the glossary", () => {
  deepEqual(others.filter((word) => glossary[word] === undefined), []);
});

Deno.test("every rule that a decision or a meaning names has its sentence", () => {
  const code = readRoom("lifecycle").replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, "");
  const named = [...code.matchAll(/"(R-[A-Z]+-\d+)"/g)].map((it) => it[1]!);
  ok(named.length > 20);
  const meanings = Object.values(glossary).flat().map(({ rule }) => rule);
  const codes = Array.from({ length: 256 }, (_, code) => meaningOfExit(code).rule);
  const all = new Set([...named, ...meanings, ...codes]);
  deepEqual([...all].filter((rule) => rules[rule] === undefined), []);
});

Deno.test("every rule of the list has its sentence and its source, and no other has", () => {
  const list = Deno.readTextFileSync(new URL("../rules.txt", import.meta.url));
  const all = list.match(/^R-[A-Z]+-\d+$/gm)!;
  deepEqual(Object.keys(rules).toSorted(), all.toSorted());
});

Deno.test("a rule's sentence is its own", () => {
  const texts = Object.values(rules).map(({ text }) => text);
  deepEqual(texts.filter((text, index) => texts.indexOf(text) !== index), []);
});

/** A file below the root of a repository, with functions or types in parentheses, or a page. */
const ONE_SOURCE =
  /^((build|containerd internal|pkg|plugin|staging|third_party)\/\S+\.(go|c)( \([\w., ]+\))?|https:\/\/\S+)$/;
Deno.test("a rule's source is a file of Kubernetes or containerd, or a page", () => {
  const wrong = Object.entries(rules).flatMap(([id, { source }]) =>
    source.split("; ").filter((it) => !ONE_SOURCE.test(it)).map((it) => `${id}: ${it}`)
  );
  deepEqual(wrong, []);
});

Deno.test("rules stand in the order of the list, area by area", () => {
  const areas = Map.groupBy(Object.keys(rules), (id) => id.split("-")[1]!);
  for (const ids of areas.values()) {
    const numbers = ids.map((id) => Number(id.split("-")[2]));
    deepEqual(numbers, numbers.toSorted((a, b) => a - b));
  }
});

Deno.test("all that is explained is said in sentences", () => {
  const meanings = [
    ...Object.values(glossary).flat(),
    ...Array.from({ length: 256 }, (_, code) => meaningOfExit(code)),
  ];
  for (const { text, next } of meanings) {
    for (const sentence of [text, next ?? text]) match(sentence, /^\S.*\.$/);
  }
  for (const { text } of Object.values(rules)) match(text, /^\S.*\.`?$/);
});

const codes = [
  [0, /ended well/],
  [1, /own code/],
  [3, /own code/],
  [126, /could not execute it/],
  [127, /did not find the command/],
  [128, /could not be started/],
  [129, /SIGHUP .*\(128 \+ 1\)/],
  [137, /SIGKILL .*\(128 \+ 9\).*OOMKilled/],
  [139, /SIGSEGV .*not its own/],
  [143, /SIGTERM .*asked to stop/],
  [145, /SIGCHLD ended the program \(128 \+ 17\)\.$/],
  [160, /own code/],
  [165, /SIGRTMIN\+3/],
  [200, /own code/],
  [255, /lost track/],
] as const;
for (const [code, expected] of codes) {
  Deno.test(`meaningOfExit() of ${code} (R-EXIT-1 R-EXIT-2)`, () =>
    match(meaningOfExit(code).text, expected));
}

Deno.test("meaningOfStatus() knows the statuses that are the program's own", () => {
  const own = Array.from({ length: 256 }, (_, code) => code)
    .filter((code) => meaningOfStatus(code) !== undefined);
  deepEqual(own, [0, 1, 124, 125, 129, 130, 141, 143]);
});
