/** Services, Pods behind them, and a world that applies the writes of their controller. */
import { defaultService } from "../../src/api/network/service_defaults.ts";
import type { EndpointSlice, Service, ServiceSpec } from "../../src/api/types/network.ts";
import type { ContainerPort, Pod } from "../../src/api/types/pod.ts";
import type { ControllerWrite } from "../../src/controllers/change.ts";

const labels = { app: "web" };

/** A stored Service `web` of port 80. */
export function serviceOf(
  spec: Partial<ServiceSpec> = {},
  metadata: Partial<Service["metadata"]> = {},
): Service {
  return defaultService({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "default", uid: "service", ...metadata },
    spec: {
      selector: labels,
      ports: [{ port: 80 }],
      clusterIP: "10.96.1.1",
      clusterIPs: ["10.96.1.1"],
      ...spec,
    },
  });
}

/** What is special about a Pod behind a Service. */
export interface BackendOptions {
  /** @default it has an address */
  readonly ip?: string;
  /** @default it is */
  readonly isReady?: boolean;
  readonly isTerminating?: boolean;
  readonly phase?: "Running" | "Succeeded";
  readonly ports?: readonly ContainerPort[];
  readonly sidecarPorts?: readonly ContainerPort[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<Pod["spec"]>;
}

/** A Pod with the labels that the Service selects. */
export function backendOf(name: string, options: BackendOptions = {}): Pod {
  const { ip = "10.1.0.7", isReady = true, phase = "Running", ports = [] } = options;
  const { sidecarPorts } = options;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: `uid-${name}`,
      labels: options.labels ?? labels,
      ...(options.isTerminating && { deletionTimestamp: "2026-01-01T00:00:00Z" }),
    },
    spec: {
      nodeName: "node",
      containers: [{ name: "c", image: "i", ports }],
      ...(sidecarPorts && {
        initContainers: [{ name: "s", image: "i", restartPolicy: "Always", ports: sidecarPorts }],
      }),
      ...options.spec,
    },
    status: {
      phase,
      ...(ip !== "" && { podIP: ip }),
      conditions: [{ type: "Ready", status: isReady ? "True" : "False", lastProbeTime: null }],
    },
  };
}

/** The slices after some writes; what is created is named `s0`, `s1` and so on. */
export function applyToSlices(
  slices: readonly EndpointSlice[],
  writes: readonly ControllerWrite[],
): EndpointSlice[] {
  let present = [...slices];
  let count = slices.length;
  for (const { verb, object } of writes) {
    if (object.kind !== "EndpointSlice") throw new TypeError(`a write of a ${object.kind}`);
    const { name } = object.metadata;
    if (verb !== "create") present = present.filter(({ metadata }) => metadata.name !== name);
    if (verb === "delete") continue;
    while (name === "" && present.some(({ metadata }) => metadata.name === `s${count}`)) count++;
    const metadata = { ...object.metadata, ...(name === "" && { name: `s${count}` }) };
    present.push({ ...object, metadata });
  }
  return present;
}
