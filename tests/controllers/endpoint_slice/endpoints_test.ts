/** The Endpoints that are kept of Services, and the slices of those that are written by hand. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Endpoints, ServiceSpec } from "../../../src/api/types/network.ts";
import type { Pod } from "../../../src/api/types/pod.ts";
import {
  computeEndpointsChanges,
  computeOrphanedEndpoints,
} from "../../../src/controllers/endpoint_slice/endpoints.ts";
import { computeMirrorChanges } from "../../../src/controllers/endpoint_slice/mirror.ts";
import { applyToSlices, backendOf, serviceOf } from "../../support/services.ts";
import { momentAt } from "../../support/workloads.ts";

const NOW = momentAt(0);
const ready = (name: string, ip: string) => ({
  ip,
  nodeName: "node",
  targetRef: { kind: "Pod", name, namespace: "default", uid: `uid-${name}` },
});
const ports = [{ port: 80, protocol: "TCP" }];
const http = (containerPort: number) => ({ ports: [{ name: "http", containerPort }] });

const subsets: [name: string, spec: Partial<ServiceSpec>, pods: Pod[], found: unknown][] = [
  ["none", {}, [], undefined],
  ["ready and not ready, by address", {}, [
    backendOf("b", { ip: "10.1.0.8" }),
    backendOf("a", { ip: "10.1.0.7" }),
    backendOf("c", { ip: "10.1.0.9", isReady: false }),
  ], [{
    addresses: [ready("a", "10.1.0.7"), ready("b", "10.1.0.8")],
    notReadyAddresses: [ready("c", "10.1.0.9")],
    ports,
  }]],
  ["not one that is being deleted", {}, [backendOf("a", { isTerminating: true })], undefined],
  ["all that are published", { publishNotReadyAddresses: true }, [
    backendOf("a", { isTerminating: true, isReady: false }),
  ], [{ addresses: [ready("a", "10.1.0.7")], ports }]],
  ["several numbers of one name", { ports: [{ name: "web", port: 80, targetPort: "http" }] }, [
    backendOf("a", http(81)),
    backendOf("b", { ip: "10.1.0.8", ...http(82) }),
  ], [
    {
      addresses: [ready("a", "10.1.0.7")],
      ports: [{ name: "web", port: 81, protocol: "TCP" }],
    },
    {
      addresses: [ready("b", "10.1.0.8")],
      ports: [{ name: "web", port: 82, protocol: "TCP" }],
    },
  ]],
  ["no ports", { ports: [], clusterIP: "None", clusterIPs: ["None"] }, [backendOf("a")], [
    { addresses: [ready("a", "10.1.0.7")] },
  ]],
];
for (const [name, spec, pods, found] of subsets) {
  Deno.test(`computeEndpointsChanges() ${name} (R-SLICE-9)`, () => {
    const service = serviceOf(spec);
    const { writes: [write] } = computeEndpointsChanges(
      { service, pods, endpoints: undefined },
      NOW,
    );
    const endpoints = write!.object as Endpoints;
    deepEqual(endpoints.subsets, found);
    deepEqual(computeEndpointsChanges({ service, pods, endpoints }, NOW), { writes: [] });
  });
}

Deno.test("computeEndpointsChanges() labels them, and leaves alone what has no selector (R-SLICE-9)", () => {
  const service = serviceOf({}, { labels: { team: "a" } });
  const { writes: [write] } = computeEndpointsChanges({
    service,
    pods: [],
    endpoints: undefined,
  }, NOW);
  deepEqual([write!.verb, write!.object.metadata], ["create", {
    name: "web",
    namespace: "default",
    labels: { team: "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller" },
    annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01T00:00:00Z" },
  }]);
  const own = write!.object as Endpoints;
  const selectorless = serviceOf({ selector: {} });
  deepEqual(computeEndpointsChanges({ service: selectorless, pods: [], endpoints: own }, NOW), {
    writes: [],
  });
  deepEqual(computeOrphanedEndpoints(own).map(({ action }) => action), ["deleteEndpoints"]);
  deepEqual(computeOrphanedEndpoints(byHand), []);
  deepEqual(computeOrphanedEndpoints(undefined), []);
});

const byHand: Endpoints = {
  apiVersion: "v1",
  kind: "Endpoints",
  metadata: { name: "web", namespace: "default", uid: "endpoints", labels: { team: "a" } },
  subsets: [
    { addresses: [{ ip: "192.0.2.1" }, { ip: "fd00::7" }], ports: [{ port: 80, protocol: "TCP" }] },
    {
      addresses: [{ ip: "192.0.2.2", hostname: "b" }],
      notReadyAddresses: [{ ip: "192.0.2.3" }],
      ports: [{ name: "web", port: 81, protocol: "TCP" }],
    },
  ],
};

Deno.test("R-SLICE-8: Endpoints of a Service without a selector are mirrored", () => {
  const service = serviceOf({ selector: {} });
  const facts = { endpoints: byHand, service, slices: [] };
  const slices = applyToSlices([], computeMirrorChanges(facts, NOW).writes);
  deepEqual(slices.map(({ endpoints, ports }) => [endpoints, ports]), [
    [
      [{ addresses: ["192.0.2.1"], conditions: { ready: true } }],
      [{ name: "", port: 80, protocol: "TCP" }],
    ],
    [
      [
        { addresses: ["192.0.2.2"], conditions: { ready: true }, hostname: "b" },
        { addresses: ["192.0.2.3"], conditions: { ready: false } },
      ],
      [{ name: "web", port: 81, protocol: "TCP" }],
    ],
  ]);
  const { labels, ownerReferences } = slices[0]!.metadata;
  deepEqual([labels, ownerReferences![0]!.kind], [{
    team: "a",
    "kubernetes.io/service-name": "web",
    "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
  }, "Endpoints"]);
  deepEqual(computeMirrorChanges({ ...facts, slices }, NOW), { writes: [] });
});

const unmirrored: [name: string, endpoints: Endpoints, spec: ServiceSpec | undefined][] = [
  ["their Service has a selector", byHand, {}],
  ["there is no Service", byHand, undefined],
  ["they ask for that", {
    ...byHand,
    metadata: {
      ...byHand.metadata,
      labels: { "endpointslice.kubernetes.io/skip-mirror": "true" },
    },
  }, { selector: {} }],
];
for (const [name, endpoints, spec] of unmirrored) {
  Deno.test(`R-SLICE-8: Endpoints are not mirrored where ${name}`, () => {
    const mirrored = { endpoints: byHand, service: serviceOf({ selector: {} }), slices: [] };
    const slices = applyToSlices([], computeMirrorChanges(mirrored, NOW).writes);
    const service = spec && serviceOf(spec);
    const facts = { endpoints, service };
    deepEqual(computeMirrorChanges({ ...facts, slices: [] }, NOW), { writes: [] });
    const { writes } = computeMirrorChanges({ ...facts, slices }, NOW);
    deepEqual(writes.map(({ action }) => action), ["deleteEndpointSlice", "deleteEndpointSlice"]);
  });
}
