/** Where the traffic of a Service goes. */
import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import type { EndpointSlice, Service, ServiceSpec } from "../../../src/api/types/network.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import { computeEndpointSliceChanges } from "../../../src/controllers/endpoint_slice/endpoint_slice.ts";
import {
  applyToSlices,
  backendOf,
  type BackendOptions,
  serviceOf,
} from "../../support/services.ts";
import { momentAt } from "../../support/workloads.ts";

const NOW = momentAt(0);

/** The slices of a Service once its controller has nothing more to do. */
function slicesOf(service: Service, pods: readonly Pod[], slices: readonly EndpointSlice[] = []) {
  const { writes } = computeEndpointSliceChanges({ service, pods, slices }, NOW);
  const present = applyToSlices(slices, writes);
  const again = computeEndpointSliceChanges({ service, pods, slices: present }, NOW);
  deepEqual(again, { writes: [] }, "asking twice changes nothing");
  return present;
}

const conditions: [name: string, options: BackendOptions, spec: ServiceSpec, found: unknown][] = [
  ["R-SLICE-2: ready", {}, {}, [true, true, false]],
  ["R-SLICE-2: not ready", { isReady: false }, {}, [false, false, false]],
  ["R-SLICE-3: not ready, and published", { isReady: false }, { publishNotReadyAddresses: true }, [
    true,
    false,
    false,
  ]],
  ["R-SLICE-4: terminating and ready", { isTerminating: true }, {}, [false, true, true]],
  [
    "R-SLICE-4: terminating and not ready",
    { isTerminating: true, isReady: false },
    {},
    [false, false, true],
  ],
  [
    "R-SLICE-3: terminating, and published",
    { isTerminating: true },
    { publishNotReadyAddresses: true },
    [true, true, true],
  ],
  ["R-SLICE-1: without an address", { ip: "" }, {}, undefined],
  ["R-SLICE-1: with one of another family", { ip: "fd00::7" }, {}, undefined],
  ["R-SLICE-1: that has ended", { phase: "Succeeded" }, {}, undefined],
];
for (const [name, options, spec, found] of conditions) {
  Deno.test(`computeEndpointSliceChanges() ${name}`, () => {
    const [slice, ...more] = slicesOf(serviceOf(spec), [backendOf("a", options)]);
    deepEqual(more, []);
    const [endpoint] = slice!.endpoints ?? [];
    const { ready, serving, terminating } = endpoint?.conditions ?? {};
    deepEqual(endpoint && [ready, serving, terminating], found);
  });
}

Deno.test("R-SLICE-6: a slice as the controller of a real cluster writes it", () => {
  const service = serviceOf({}, { labels: { team: "a" } });
  deepEqual(slicesOf(service, [backendOf("a")]), [{
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "s0",
      generateName: "web-",
      namespace: "default",
      annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z" },
      labels: {
        team: "a",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
      ownerReferences: [{
        apiVersion: "v1",
        kind: "Service",
        name: "web",
        uid: "service",
        controller: true,
        blockOwnerDeletion: true,
      }],
    },
    addressType: "IPv4",
    endpoints: [{
      addresses: ["10.1.0.7"],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: "node",
      targetRef: { kind: "Pod", name: "a", namespace: "default", uid: "uid-a" },
    }],
    ports: [{ name: "", port: 80, protocol: "TCP" }],
  }]);
});

Deno.test("R-SLICE-6: an empty slice is there first, and is the one that gets the endpoints", () => {
  const [empty, ...more] = slicesOf(serviceOf(), []);
  deepEqual([empty!.endpoints, empty!.ports, more], [undefined, undefined, []]);
  const [slice, ...others] = slicesOf(serviceOf(), [backendOf("a")], [empty!]);
  deepEqual([slice!.metadata.name, slice!.endpoints?.length, others], ["s0", 1, []]);
  const [left, ...rest] = slicesOf(serviceOf(), [], [slice!]);
  deepEqual([left!.metadata.name, left!.endpoints, left!.ports, rest], [
    "s0",
    undefined,
    undefined,
    [],
  ]);
});

const port = (name: string, containerPort: number, protocol: "TCP" | "UDP" = "TCP") => ({
  name,
  containerPort,
  protocol,
});
const named: ServiceSpec = { ports: [{ port: 80, targetPort: "http" }] };
const ports: [name: string, spec: ServiceSpec, pods: Pod[], found: (number | undefined)[][]][] = [
  ["a number", { ports: [{ port: 80, targetPort: 8080 }] }, [backendOf("a")], [[8080]]],
  ["a name", named, [backendOf("a", { ports: [port("http", 81)] })], [[81]]],
  ["a name of a sidecar", named, [backendOf("a", { sidecarPorts: [port("http", 82)] })], [[82]]],
  ["a name of another protocol", named, [backendOf("a", { ports: [port("http", 81, "UDP")] })], [
    [],
  ]],
  ["a name with two numbers", named, [
    backendOf("a", { ports: [port("http", 81)] }),
    backendOf("b", { ports: [port("http", 82)] }),
  ], [[81], [82]]],
  ["two ports", { ports: [{ name: "a", port: 1 }, { name: "b", port: 2 }] }, [backendOf("a")], [[
    1,
    2,
  ]]],
  ["none, headless", { ports: [], clusterIP: "None", clusterIPs: ["None"] }, [backendOf("a")], [
    [],
  ]],
];
for (const [name, spec, pods, found] of ports) {
  Deno.test(`R-SLICE-5: the target port is ${name}`, () => {
    const slices = slicesOf(serviceOf(spec), pods);
    deepEqual(slices.map((it) => it.ports!.map(({ port }) => port)), found);
    equal(slices.flatMap((it) => it.endpoints!).length, pods.length);
  });
}

Deno.test("R-SLICE-6: headless Services have a label, and Pods with a host name keep it", () => {
  const service = serviceOf({ clusterIP: "None", clusterIPs: ["None"] });
  const spec = { hostname: "web-0", subdomain: "web" };
  const [slice] = slicesOf(service, [
    backendOf("a", { spec }),
    backendOf("b", { spec: { ...spec, subdomain: "other" } }),
  ]);
  equal(slice!.metadata.labels!["service.kubernetes.io/headless"], "");
  deepEqual(slice!.endpoints!.map(({ hostname }) => hostname), ["web-0", undefined]);
});

const alone: [name: string, spec: Partial<ServiceSpec>][] = [
  ["no selector", { selector: {} }],
  ["another name", { type: "ExternalName", externalName: "a.example" }],
];
for (const [name, spec] of alone) {
  Deno.test(`R-SLICE-7: a Service with ${name} is left alone`, () => {
    const slices = slicesOf(serviceOf(), [backendOf("a")]);
    const facts = { service: serviceOf(spec), pods: [], slices };
    deepEqual(computeEndpointSliceChanges(facts, NOW), { writes: [] });
  });
}

const backends = (count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => backendOf(`p${from + i}`));
const sizesOf = (slices: readonly EndpointSlice[]) => slices.map((it) => it.endpoints!.length);

Deno.test("R-SLICE-6: at most 100 endpoints are in a slice, and few slices change", () => {
  const service = serviceOf();
  const slices = slicesOf(service, backends(230));
  deepEqual(sizesOf(slices), [100, 100, 30]);
  // One more goes where there is room, and the full ones stay as they are.
  const pods = backends(231);
  const { writes } = computeEndpointSliceChanges({ service, pods, slices }, NOW);
  deepEqual(writes.map(({ action, object }) => [action, object.metadata.name]), [
    ["updateEndpointSlice", "s2"],
  ]);
  // A slice that changes anyway is filled first.
  const fewer = backends(150, 81);
  const changed = applyToSlices(
    slices,
    computeEndpointSliceChanges({ service, pods: fewer, slices }, NOW).writes,
  );
  deepEqual(sizesOf(changed).toSorted(), [100, 20, 30]);
  // One that is left without any goes.
  deepEqual(sizesOf(slicesOf(service, backends(100, 100), slices)), [100]);
});

Deno.test("R-SLICE-6: other labels of the Service are written to each slice", () => {
  const slices = slicesOf(serviceOf(), backends(150));
  const service = serviceOf({}, { labels: { team: "b" } });
  const changes = computeEndpointSliceChanges({ service, pods: backends(150), slices }, NOW);
  deepEqual(changes.writes.map(({ action }) => action), [
    "updateEndpointSlice",
    "updateEndpointSlice",
  ]);
  equal(changes.endpoints, undefined);
  ok(changes.writes.every(({ object }) => object.metadata.labels!["team"] === "b"));
});

const lines: [name: string, before: Pod[], after: Pod[], line: string | undefined][] = [
  ["comes", [], [backendOf("a", { isReady: false })], "0/1: Pod a is not ready"],
  ["becomes ready", [backendOf("a", { isReady: false })], [backendOf("a")], "1/0: Pod a is ready"],
  ["ends", [backendOf("a"), backendOf("b")], [
    backendOf("a"),
    backendOf("b", { isTerminating: true }),
  ], "1/1: Pod b is terminating"],
  ["stops serving", [backendOf("a", { isTerminating: true })], [
    backendOf("a", { isTerminating: true, isReady: false }),
  ], undefined],
  ["goes", [backendOf("a", { isTerminating: true })], [], "0/0: Pod a is not listed any more"],
  [
    "comes, with many",
    [],
    backends(5),
    "5/0: Pod p0 is ready, Pod p1 is ready, Pod p2 is ready and 2 more",
  ],
];
for (const [name, before, after, line] of lines) {
  Deno.test(`R-SLICE-2: people learn that an endpoint ${name}`, () => {
    const service = serviceOf();
    const slices = slicesOf(service, before);
    const { endpoints } = computeEndpointSliceChanges({ service, pods: after, slices }, NOW);
    const found = endpoints && `${endpoints.ready}/${endpoints.notReady}: ${endpoints.because}`;
    equal(found, line);
  });
}
