/** Services over the Pods of a simulated machine: where traffic goes, moment by moment. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import { loadRules } from "../../src/api/kinds/strategy/late_rules.ts";
import { matchesSelector } from "../../src/api/label_selector.ts";
import type { Deployment } from "../../src/api/types/apps.ts";
import type { Service, ServiceSpec } from "../../src/api/types/network.ts";
import type { Container, Pod } from "../../src/api/types/pod.ts";
import { startControllers } from "../../src/controllers/wiring/controllers.ts";
import { formatSummaryLine } from "../../src/report/summary.ts";
import { Random } from "../support/random.ts";
import { type Simulation, type SimulationOptions, startSimulation } from "../support/simulation.ts";

await loadRules(["Service"]);

const SEEDS = Math.ceil(Number(Deno.env.get("PODLING_HISTORIES") ?? 600) / 20);
const FIRST = Number(Deno.env.get("PODLING_SEED") ?? 1);
const labels = { app: "web" };

function deploymentOf(replicas: number, more: Partial<Container> = {}): Deployment {
  const container = { name: "c", image: "web:1", command: ["/bin/c"], ...more };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 5,
          initContainers: [{ ...container, name: "i" }],
          containers: [container],
        },
      },
    },
  };
}

function serviceOf(spec: Partial<ServiceSpec> = {}): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: { selector: labels, ports: [{ port: 80 }], ...spec },
  };
}

function start(script: SimulationOptions["script"]): Simulation {
  return startSimulation({ startControllers, startsAtOnce: 100, ...(script && { script }) });
}

/** `POD ready`, as the slices of the Service have it. */
function endpointsOf({ cluster: { client } }: Simulation): string[] {
  return client.list("EndpointSlice").flatMap(({ endpoints = [] }) => endpoints)
    .map(({ targetRef, conditions }) => `${targetRef!.name} ${conditions!.ready}`).toSorted();
}

/** The same, as it has to be for the Pods that are there. */
function expectedEndpoints({ cluster: { client } }: Simulation): string[] {
  const service = client.get("Service", "default", "web");
  if (service === undefined) return [];
  const { selector = {}, publishNotReadyAddresses = false } = service.spec;
  return client.list("Pod").filter(({ metadata, status }) =>
    matchesSelector({ matchLabels: selector }, metadata.labels) && status?.podIP !== undefined &&
    status.phase !== "Succeeded" && status.phase !== "Failed"
  ).map((pod) => {
    const isReady = isTrue(pod, "Ready") && pod.metadata.deletionTimestamp === undefined;
    return `${pod.metadata.name} ${publishNotReadyAddresses || isReady}`;
  }).toSorted();
}

function isTrue({ status }: Pod, condition: string): boolean {
  return status?.conditions?.some(({ type, status }) => type === condition && status === "True") ??
    false;
}

Deno.test("a Service follows its Pods from their first address to their end (R-SLICE-1 to R-SLICE-4)", async () => {
  const simulation = start({
    container: ({ name }) => ({
      startMs: 1000,
      ...(name === "i" && { exitAfterMs: 3000, exit: { exitCode: 0 } }),
      onStopSignal: { afterMs: 2000, exit: {} },
    }),
  });
  const { cluster: { client }, clock } = simulation;
  await client.create(serviceOf());
  await clock.advance(10);
  const [slice] = client.list("EndpointSlice");
  deepEqual([slice!.endpoints, slice!.ports], [undefined, undefined]);
  const pod = deploymentOf(1).spec.template;
  await client.create({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", labels },
    spec: { ...pod.spec, restartPolicy: "Never" },
  });
  await clock.advance(2000);
  deepEqual(endpointsOf(simulation), ["a false"]);
  await clock.advance(4000);
  deepEqual(endpointsOf(simulation), ["a true"]);
  await client.delete("Pod", "default", "a");
  await clock.advance(1000);
  deepEqual(endpointsOf(simulation), ["a false"]);
  await clock.advance(3000);
  deepEqual(endpointsOf(simulation), []);
  equal(client.list("EndpointSlice")[0]!.metadata.name, slice!.metadata.name);
  await client.delete("Service", "default", "web");
  await clock.advance(1000);
  deepEqual(client.list("EndpointSlice"), []);
  const style = { colour: false, subjectWidth: 3, naming: "pod" } as const;
  const lines = simulation.objectEvents
    .filter((it) => formatSummaryLine(it, style) !== undefined);
  deepEqual(lines.map(({ message }) => message), [
    "Service web created",
    "Service web: 0 endpoints ready, 1 not: Pod a is not ready",
    "Service web: 1 endpoint ready: Pod a is ready",
    "Service web: 0 endpoints ready, 1 not: Pod a is terminating",
    "Service web: 0 endpoints ready: Pod a is not listed any more",
    "Service web deleted",
    `EndpointSlice ${slice!.metadata.name} deleted: its owner Service web is gone`,
  ]);
  deepEqual(simulation.log, []);
});

Deno.test("a slice that is changed or deleted by others is restored (R-SLICE-6)", async () => {
  const simulation = start({});
  const { cluster: { client }, clock } = simulation;
  await client.create(serviceOf());
  await client.create(deploymentOf(2));
  await clock.advance(60_000);
  const [slice] = client.list("EndpointSlice");
  await client.update({ ...slice!, endpoints: [] });
  await clock.advance(1000);
  deepEqual(endpointsOf(simulation), expectedEndpoints(simulation));
  await client.delete("EndpointSlice", "default", slice!.metadata.name);
  await clock.advance(1000);
  deepEqual(endpointsOf(simulation), expectedEndpoints(simulation));
  equal(client.list("EndpointSlice").length, 1);
});

Deno.test("Endpoints are kept beside slices, go with their Service, and come back (R-SLICE-9)", async () => {
  const simulation = start({
    container: ({ name }) => name === "i" ? { exitAfterMs: 0, exit: { exitCode: 0 } } : {},
  });
  const { cluster: { client }, clock } = simulation;
  await client.create(serviceOf());
  await client.create(deploymentOf(2));
  await clock.advance(60_000);
  const endpoints = () => client.get("Endpoints", "default", "web");
  equal(endpoints()!.subsets![0]!.addresses!.length, 2);
  await client.update({ ...endpoints()!, subsets: [] });
  await clock.advance(1000);
  equal(endpoints()!.subsets![0]!.addresses!.length, 2);
  // They are made by a controller: no second slice has their addresses.
  equal(client.list("EndpointSlice").length, 1);
  await client.delete("Service", "default", "web");
  await clock.advance(1000);
  equal(endpoints(), undefined);
  deepEqual(client.list("EndpointSlice"), []);
});

Deno.test("Endpoints written by hand lead to slices, whichever is there first (R-SLICE-8)", async () => {
  const simulation = start({});
  const { cluster: { client }, clock } = simulation;
  const metadata = { name: "web" };
  const subsets = [{ addresses: [{ ip: "192.0.2.1" }], ports: [{ port: 80 }] }];
  await client.create({ apiVersion: "v1", kind: "Endpoints", metadata, subsets });
  await clock.advance(1000);
  deepEqual(client.list("EndpointSlice"), []);
  await client.create(serviceOf({ selector: {} }));
  await clock.advance(1000);
  const [slice] = client.list("EndpointSlice");
  deepEqual(slice!.endpoints, [{ addresses: ["192.0.2.1"], conditions: { ready: true } }]);
  await client.delete("Endpoints", "default", "web");
  await clock.advance(1000);
  deepEqual(client.list("EndpointSlice"), []);
});

Deno.test("Pods that become ready at one time change a slice once (R-SLICE-6)", async () => {
  const simulation = start({
    container: ({ name }) => ({
      startMs: 1000,
      ...(name === "i" && { exitAfterMs: 0, exit: { exitCode: 0 } }),
    }),
  });
  const { cluster: { client }, clock } = simulation;
  await client.create(serviceOf());
  await client.create(deploymentOf(80));
  await clock.advance(10_000);
  const [slice, ...more] = client.list("EndpointSlice");
  deepEqual([slice!.endpoints!.length, more], [80, []]);
  // Empty, with their addresses, and ready.
  equal(slice!.metadata.generation, 3);
});

/** A change of the world at random. */
async function change({ cluster: { client } }: Simulation, random: Random): Promise<void> {
  const service = client.get("Service", "default", "web");
  if (service === undefined) return void await client.create(serviceOf());
  const write = async (spec: Partial<ServiceSpec>) => {
    await client.update({ ...service, spec: { ...service.spec, ...spec } });
  };
  const pods = client.list("Pod");
  const pod = pods.length === 0 ? undefined : random.pick(pods);
  switch (random.integer(0, 7)) {
    case 0:
      return await write({ publishNotReadyAddresses: random.chance(0.5) });
    case 1:
      return await write({ selector: random.pick([labels, { app: "other" }]) });
    case 2:
      return await write({ ports: [{ port: 80, targetPort: random.pick([80, 8080, "http"]) }] });
    case 3: {
      const deployment = client.get("Deployment", "default", "web")!;
      const spec = { ...deployment.spec, replicas: random.integer(0, 5) };
      return void await client.update({ ...deployment, spec });
    }
    case 4:
      if (pod === undefined) return;
      return await client.delete("Pod", "default", pod.metadata.name, {
        graceSeconds: random.pick([0, 1, 5]),
      });
    case 5: {
      if (pod === undefined) return;
      const metadata = { ...pod.metadata, labels: random.pick([labels, { app: "other" }]) };
      return void await client.update({ ...pod, metadata });
    }
    case 6:
      if (random.chance(0.3)) await client.delete("Service", "default", "web");
  }
}

/** A slice follows a Pod a moment later: some moments after which there are no news of Pods. */
async function settle(simulation: Simulation): Promise<void> {
  for (let moment = 0; moment < 20; moment++) {
    if (endpointsOf(simulation).join() === expectedEndpoints(simulation).join()) return;
    await simulation.clock.advance(10);
  }
}

async function play(seed: number): Promise<string[]> {
  const random = new Random(seed);
  const simulation = start({
    container: ({ name }) => ({
      startMs: random.integer(0, 2000),
      ...(name === "i"
        ? { exitAfterMs: random.integer(0, 3000), exit: { exitCode: random.pick([0, 0, 1]) } }
        : random.chance(0.3) && { exitAfterMs: random.integer(0, 9000), exit: { exitCode: 1 } }),
      onStopSignal: { afterMs: random.integer(0, 6000), exit: {} },
    }),
  });
  const { cluster: { client }, clock, log } = simulation;
  const broken: string[] = [];
  client.watch("EndpointSlice", ({ type, object: { endpoints = [], metadata } }) => {
    if (type === "DELETED") return;
    if (endpoints.length > 100) broken.push(`${metadata.name} has ${endpoints.length} endpoints`);
    for (const { targetRef, conditions } of endpoints) {
      const pod = client.get("Pod", "default", targetRef!.name!);
      // Since the init containers have finished, the Pod may have become unready again.
      const isPublished = conditions!.ready && !conditions!.serving;
      if (conditions!.ready && !isPublished && pod && !isTrue(pod, "Initialized")) {
        broken.push(`${targetRef!.name} gets traffic before it is initialized`);
      }
    }
  });
  const ports = [{ name: "http", containerPort: 81 }];
  await client.create(deploymentOf(random.integer(0, 5), random.chance(0.5) ? { ports } : {}));
  await client.create(serviceOf());
  const history: string[] = [];
  for (let step = 0; step < 25; step++) {
    await change(simulation, random);
    await clock.advance(random.integer(0, 4000));
    await settle(simulation);
    const endpoints = endpointsOf(simulation);
    history.push(endpoints.join());
    deepEqual(endpoints, expectedEndpoints(simulation), `seed ${seed}, step ${step}`);
  }
  if (client.get("Service", "default", "web")) await client.delete("Service", "default", "web");
  await client.delete("Deployment", "default", "web");
  await clock.advance(60_000);
  const left = (["Pod", "EndpointSlice"] as const).flatMap((kind) => client.list(kind))
    // Pods that were released stay.
    .filter(({ metadata }) => metadata.ownerReferences !== undefined);
  equal(left.length, 0, `seed ${seed}: ${left.map((it) => it.metadata.name)} left`);
  deepEqual(broken, [], `seed ${seed}`);
  deepEqual(log, [], `seed ${seed}`);
  return history;
}

Deno.test(`random histories of a Service lead to Ready Pods alone, seeds ${FIRST} to ${FIRST + SEEDS - 1} (R-SLICE-1 R-SLICE-2 R-SLICE-3 R-SLICE-5)`, async () => {
  const histories = new Set<string>();
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
    for (const endpoints of await play(seed)) histories.add(endpoints);
  }
  ok(histories.size > SEEDS, "the histories differ");
});
