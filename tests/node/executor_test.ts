import {
  deepStrictEqual as deepEqual,
  partialDeepStrictEqual,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import type { Container, Pod } from "../../src/api/types/pod.ts";
import { VirtualClock } from "../../src/base/clock.ts";
import { lineLogger } from "../../src/base/log.ts";
import type { PodOperation } from "../../src/lifecycle/record/action.ts";
import type { PodEvent } from "../../src/lifecycle/record/event.ts";
import { defaultSettings } from "../../src/lifecycle/record/record.ts";
import { Executor, type ExecutorOptions } from "../../src/node/executor.ts";
import { Semaphore } from "../../src/node/semaphore.ts";
import { UnreadableError } from "../../src/node/sources/source_reader.ts";
import {
  type HandlerRequest,
  type HandlerResult,
  type Runtime,
  RuntimeError,
} from "../../src/runtime/runtime.ts";
import { podSources } from "../support/pod_sources.ts";

const pod: Pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", uid: "u-1" },
  spec: { containers: [{ name: "app", image: "i", command: ["run"] }] },
};

/** A machine that makes every container and starts none, for this reason. */
function refusingRuntime(reason: string): Runtime {
  const unused = () => Promise.reject(new Error("not part of this test"));
  return {
    prepareVolumes: unused,
    updateVolumes: unused,
    readVolumeFile: unused,
    runPodSandbox: unused,
    stopPodSandbox: unused,
    createContainer: () => Promise.resolve("podling://1"),
    expectContainer: () => {},
    startContainer: () => Promise.reject(new RuntimeError(reason, "no")),
    resizePod: unused,
    signalContainer: unused,
    runHandler: unused,
    removeContainer: unused,
    list: unused,
    logs: unused,
    exec: unused,
    attach: unused,
    dial: unused,
    stats: unused,
    updateServices: unused,
    removePod: unused,
    removeLogs: unused,
    removeVolume: unused,
  };
}

/** A machine that answers questions so, and notes them. */
function answeringRuntime(
  answer: (request: HandlerRequest, signal: AbortSignal) => Promise<HandlerResult>,
): Runtime & { readonly asked: HandlerRequest[] } {
  const asked: HandlerRequest[] = [];
  return {
    ...refusingRuntime("not part of this test"),
    removePod: () => Promise.resolve(),
    removeLogs: () => Promise.resolve(),
    removeVolume: () => Promise.resolve(),
    asked,
    runHandler: (_id, request, signal) => {
      asked.push(request);
      return answer(request, signal);
    },
  };
}

interface Bench {
  readonly executor: Executor;
  readonly clock: VirtualClock;
  /** The outcome of the next operation. */
  readonly outcome: Promise<PodEvent>;
}

function setUp(runtime: Runtime, speed = 1, options: Partial<ExecutorOptions> = {}): Bench {
  const clock = new VirtualClock();
  const { promise: outcome, resolve: onOutcome, reject: onFault } = Promise.withResolvers<
    PodEvent
  >();
  const executor = new Executor({
    runtime,
    clock,
    settings: { ...defaultSettings, speed },
    starts: new Semaphore(1),
    defaults: { resolveImage: () => undefined, user: { uid: 0, gid: 0 }, home: "/" },
    bindClaim: () => Promise.resolve(),
    sourcesOf: (it) => Promise.resolve(podSources(it)),
    log: lineLogger(() => {}),
    ...options,
  }, { onOutcome, onFault });
  return { executor, clock, outcome };
}

const startApp: PodOperation = {
  type: "startContainer",
  name: "app",
  restartCount: 0,
  sandboxId: "s",
  image: "i",
  postStart: false,
};

/** The outcome of one start on that machine. */
function start(runtime: Runtime): Promise<PodEvent> {
  const { executor, outcome } = setUp(runtime);
  executor.begin(pod, startApp);
  return outcome;
}

const failed = {
  type: "containerStartFailed",
  at: 0,
  name: "app",
  message: "no",
  hasImage: false,
} as const;
const steps = [
  ["StartError", {
    step: "start",
    containerId: "podling://1",
    user: { uid: 0, gid: 0, supplementalGroups: [0] },
  }],
  ["CreateContainerError", { step: "create", reason: "CreateContainerError" }],
  // A subPath is followed when the container's view is made, which is a step of its configuration.
  ["CreateContainerConfigError", { step: "config", reason: "CreateContainerConfigError" }],
] as const;
for (const [reason, rest] of steps) {
  Deno.test(`R-START-1 R-VOL-5: a start refused with ${reason} failed at its step`, async () => {
    deepEqual(await start(refusingRuntime(reason)), { ...failed, ...rest });
  });
}

const unreadable: readonly [PodOperation, Partial<PodEvent>][] = [
  [{ type: "prepareVolumes" }, {
    type: "volumesFailed",
    reason: "FailedMount",
    messages: ["Cannot read the objects that the Pod refers to: connection refused"],
  }],
  [startApp, {
    type: "containerStartFailed",
    step: "config",
    reason: "CreateContainerConfigError",
    message: "Cannot read the objects that the Pod refers to: connection refused",
  }],
];
for (const [operation, expected] of unreadable) {
  Deno.test(`R-START-1 R-START-5: ${operation.type} fails while what the pod refers to cannot be read`, async () => {
    const { executor, outcome } = setUp(refusingRuntime("unused"), 1, {
      sourcesOf: () => Promise.reject(new UnreadableError(new TypeError("connection refused"))),
    });
    executor.begin(pod, operation);
    partialDeepStrictEqual(await outcome, expected);
  });

  Deno.test(`a fault of ours in ${operation.type} is not taken for an answer of the store`, async () => {
    const { executor, outcome } = setUp(refusingRuntime("unused"), 1, {
      sourcesOf: () => Promise.reject(new TypeError("x is undefined")),
    });
    executor.begin(pod, operation);
    await rejects(outcome, { name: "TypeError", message: "x is undefined" });
  });
}

const hanging: Partial<ExecutorOptions> = { sourcesOf: () => new Promise(() => {}) };

Deno.test("R-START-1: a start whose pod's objects are not answered can be cancelled, and creates nothing", async () => {
  const runtime = {
    ...refusingRuntime("unused"),
    createContainer: () => Promise.reject(new Error("not called")),
  };
  const { executor, outcome } = setUp(runtime, 1, hanging);
  executor.begin(pod, startApp);
  executor.begin(pod, { type: "cancelStart", name: "app", cause: "deadline exceeded" });
  partialDeepStrictEqual(await outcome, {
    type: "containerStartFailed",
    step: "create",
    reason: "RunContainerError",
    message: "context deadline exceeded: the container did not start in time",
  });
});

const mountedClaim: Pod = {
  ...pod,
  spec: {
    containers: [{
      ...pod.spec.containers[0]!,
      volumeMounts: [{ name: "v", mountPath: "/data" }],
    }],
    volumes: [{ name: "v", persistentVolumeClaim: { claimName: "data" } }],
  },
};

const unanswered: readonly [string, Partial<ExecutorOptions>][] = [
  ["read", hanging],
  ["bind", {
    sourcesOf: (it) => Promise.resolve(podSources(it, { claims: ["data"] })),
    bindClaim: () => new Promise(() => {}),
  }],
];
for (const [what, options] of unanswered) {
  Deno.test(`R-START-5: volumes do not wait for a ${what} that is not answered when the pod ends`, async () => {
    const runtime = { ...refusingRuntime("unused"), prepareVolumes: () => Promise.resolve() };
    const { executor, outcome } = setUp(runtime, 1, options);
    executor.begin(mountedClaim, { type: "prepareVolumes" });
    executor.stopWaiting();
    partialDeepStrictEqual(await outcome, { type: "volumesFailed", reason: "Canceled" });
  });
}

for (const operation of [{ type: "prepareVolumes" }, startApp] as const) {
  Deno.test(`Executor.abandon() does not wait for a read that is not answered, of ${operation.type}`, async () => {
    const runtime = { ...refusingRuntime("unused"), removePod: () => Promise.resolve() };
    const { executor } = setUp(runtime, 1, hanging);
    executor.begin(pod, operation);
    await executor.abandon(pod);
  });
}

Deno.test("R-START-1: the log has the cause of a read that failed", async () => {
  const log: string[] = [];
  const { executor, outcome } = setUp(refusingRuntime("unused"), 1, {
    sourcesOf: () => Promise.reject(new UnreadableError(new TypeError("connection refused"))),
    log: lineLogger((line) => log.push(line)),
  });
  executor.begin(pod, startApp);
  await outcome;
  deepEqual(log, [
    'warn: Cannot configure container pod=shop/web container=app error="connection refused"',
  ]);
});

Deno.test("R-START-5: volumes whose claim cannot be bound are not ready, and say so", async () => {
  const asked: string[] = [];
  const runtime = { ...refusingRuntime("unused"), prepareVolumes: () => Promise.resolve() };
  const { executor, outcome } = setUp(runtime, 1, {
    sourcesOf: (it) => Promise.resolve(podSources(it, { claims: ["data"] })),
    bindClaim: (namespace, name) => {
      asked.push(`${namespace}/${name}`);
      return Promise.reject(new TypeError("connection refused"));
    },
  });
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "data" } }];
  const mounting = podWith({ volumeMounts: [{ name: "v", mountPath: "/data" }] });
  const spec = { ...mounting.spec, volumes };
  executor.begin({ ...mounting, spec }, { type: "prepareVolumes" });
  deepEqual(await outcome, {
    type: "volumesFailed",
    at: 0,
    reason: "FailedMount",
    messages: ['Cannot bind persistentvolumeclaim "data": connection refused'],
  });
  deepEqual(asked, ["shop/data"]);
});

function podWith(rest: Partial<Container>): Pod {
  return { ...pod, spec: { containers: [{ ...pod.spec.containers[0]!, ...rest }] } };
}

const ids = { name: "app", containerId: "podling://1", sandboxId: "s" };
const liveness = {
  type: "runProbe",
  ...ids,
  probe: "liveness",
  failureThreshold: 3,
  successThreshold: 1,
} as const;
const probed = { type: "probeFinished", at: 0, name: "app", containerId: "podling://1" } as const;

for (
  const [timeoutSeconds, speed, timeoutMs] of [[5, 1, 5000], [5, 2, 2500], [5, 100, 1000]] as const
) {
  Deno.test(`a probe of ${timeoutSeconds} s at speed ${speed} has ${timeoutMs} ms`, async () => {
    const runtime = answeringRuntime(() => Promise.resolve({ outcome: "success", output: "hi" }));
    const { executor, outcome } = setUp(runtime, speed);
    const livenessProbe = { exec: { command: ["x"] }, timeoutSeconds };
    executor.begin(podWith({ livenessProbe }), liveness);
    deepEqual(await outcome, { ...probed, probe: "liveness", outcome: "success", output: "hi" });
    deepEqual(runtime.asked, [
      { purpose: "liveness", handler: { type: "exec", argv: ["x"] }, timeoutMs },
    ]);
  });
}

for (
  const [outcomes, tries] of [
    [["error", "error", "success"], 3],
    [["error", "failure"], 2],
    [["error", "error", "error", "success"], 3],
  ] as const
) {
  Deno.test(`R-PROBE-9: ${outcomes.join(", ")} is attempted ${tries} times`, async () => {
    let asked = 0;
    const runtime = answeringRuntime(() =>
      Promise.resolve({ outcome: outcomes[asked++]!, output: "" })
    );
    const { executor, outcome } = setUp(runtime);
    executor.begin(podWith({ livenessProbe: { exec: { command: ["x"] } } }), liveness);
    deepEqual(await outcome, {
      ...probed,
      probe: "liveness",
      outcome: outcomes[tries - 1],
      output: "",
    });
    equal(runtime.asked.length, tries);
  });
}

Deno.test("R-PROBE-12: a port without a container is an error without a question", async () => {
  const runtime = answeringRuntime(() => Promise.reject(new Error("not called")));
  const { executor, outcome } = setUp(runtime);
  executor.begin(podWith({ livenessProbe: { tcpSocket: { port: "web" } } }), liveness);
  deepEqual(await outcome, {
    ...probed,
    probe: "liveness",
    outcome: "error",
    output: 'strconv.Atoi: parsing "web": invalid syntax',
  });
});

const postStart = { type: "runHook", ...ids, hook: "postStart" } as const;
const hooked = {
  type: "hookFinished",
  name: "app",
  containerId: "podling://1",
  hook: "postStart",
} as const;
const cancel = { type: "cancelHook", name: "app", containerId: "podling://1" } as const;

Deno.test("R-HOOK-2: a hook has no timeout, and one that cannot be run has failed", async () => {
  const runtime = answeringRuntime(() => Promise.resolve({ outcome: "error", output: "no way" }));
  const { executor, outcome } = setUp(runtime);
  const lifecycle = { postStart: { exec: { command: ["x"] } } };
  executor.begin(podWith({ lifecycle }), postStart);
  deepEqual(await outcome, {
    ...hooked,
    at: 0,
    outcome: "failure",
    message:
      'Exec lifecycle hook ([x]) for Container "app" in Pod "web_shop(u-1)" failed - error: no way, message: ""',
    output: "no way",
  });
  deepEqual(runtime.asked, [{ purpose: "postStart", handler: { type: "exec", argv: ["x"] } }]);
});

Deno.test("R-HOOK-1: sleep waits in lifecycle time, and runs nothing", async () => {
  const runtime = answeringRuntime(() => Promise.reject(new Error("not called")));
  const { executor, clock, outcome } = setUp(runtime);
  executor.begin(podWith({ lifecycle: { postStart: { sleep: { seconds: 5 } } } }), postStart);
  await clock.advance(5000);
  deepEqual(await outcome, { ...hooked, at: 5000, outcome: "success", message: "" });
});

for (const operation of [cancel, { type: "removePod" }] as const) {
  Deno.test(`R-HOOK-5: ${operation.type} aborts what is still running`, () => {
    const signals: AbortSignal[] = [];
    const runtime = answeringRuntime((_request, signal) => {
      signals.push(signal);
      return new Promise(() => {});
    });
    const { executor } = setUp(runtime);
    executor.begin(podWith({ lifecycle: { postStart: { exec: { command: ["x"] } } } }), postStart);
    executor.begin(pod, operation);
    deepEqual(signals.map(({ aborted }) => aborted), [true]);
  });
}

Deno.test("R-HOOK-5: a cancelled sleep is over", async () => {
  const runtime = answeringRuntime(() => Promise.reject(new Error("not called")));
  const { executor, clock, outcome } = setUp(runtime);
  executor.begin(podWith({ lifecycle: { postStart: { sleep: { seconds: 5 } } } }), postStart);
  executor.begin(pod, cancel);
  deepEqual(await outcome, {
    ...hooked,
    at: 0,
    outcome: "failure",
    message:
      'Sleep lifecycle hook (5) for Container "app" in Pod "web_shop(u-1)" failed - error: context canceled',
    output: "context canceled",
  });
  equal(clock.nextWake, undefined);
});
