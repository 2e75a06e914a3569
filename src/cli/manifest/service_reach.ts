/** What this machine cannot do for the Services of a manifest: reported before anything starts. */
import { type FieldError, unsupported } from "../../api/types/errors.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Service, ServicePort } from "../../api/types/network.ts";
import { findPortRefusal } from "../../runtime/network/host_port.ts";
import { contains, parseCidr } from "../../runtime/network/network_plan.ts";
import type { RuntimePlan } from "../../runtime/linux/runtime_plan.ts";

/** What decides it. */
export type Reach = Pick<RuntimePlan, "network" | "level" | "services" | "networks">;

/** An address that a Service asks for, and that no Service of this run can have. */
export function findRefusedAddresses(
  object: KubernetesObject,
  { network, services }: Reach,
): FieldError[] {
  if (object.kind !== "Service" || services === undefined) return [];
  const { clusterIP = "None" } = object.spec;
  if (clusterIP === services.dnsAddress) {
    const detail = "names of Services are answered at this address; omit it, or choose another";
    return [unsupported("spec.clusterIP", detail)];
  }
  if (clusterIP === "None" || contains(parseCidr(services.range), clusterIP)) return [];
  return [unsupported(
    "spec.clusterIP",
    network === "host"
      ? `with --network host Services have addresses of ${services.range}; omit it, or use --network pod`
      : `this machine has routes to addresses of Services; those of this run are of ${services.range}; omit it`,
  )];
}

/** A line for each thing that does not work here, with what would do. */
export function describeReach(objects: readonly KubernetesObject[], plan: Reach): string[] {
  const services = objects.filter((it) => it.kind === "Service");
  if (services.length === 0) return [];
  if (plan.services === undefined) {
    return [
      "Services are not reachable: with --network none a Pod has no network; use --network pod",
    ];
  }
  return [
    ...describeNames(plan),
    ...services.flatMap((service) => describePorts(service, plan)),
  ];
}

function describeNames({ level, services }: Reach): string[] {
  const cannot = "Names of Services do not resolve in Pods";
  if (level === "process") {
    return [
      `${cannot}: /etc/resolv.conf is the machine's with --isolation process; ` +
      "variables such as WEB_SERVICE_HOST have their addresses",
    ];
  }
  const { namesRefusal } = services!;
  if (namesRefusal === undefined) return [];
  return [
    `${cannot}: ${namesRefusal}; use --network pod, or sysctl net.ipv4.ip_unprivileged_port_start=53`,
  ];
}

function describePorts(
  { metadata: { name }, spec }: Service,
  { network, services, networks }: Reach,
): string[] {
  if (spec.clusterIP === "None" || spec.type === "ExternalName") return [];
  const ports = spec.ports ?? [];
  const refused = network === "host"
    ? ports.filter(({ port }) => isForbidden(services!.dnsAddress, port))
    : [];
  const lost = network === "pod" && networks?.support.reachableFromHost === false
    ? ports.filter(({ protocol, nodePort }) =>
      protocol === "UDP" && (nodePort !== undefined || spec.type === "NodePort")
    )
    : [];
  return [
    ...ports.flatMap((port) => describeNodePort(name, port)),
    ...refused.map(({ port }) =>
      `Port ${port} of Service "${name}" cannot be opened: ports below 1024 are not this user's; ` +
      `use --network pod, or sysctl net.ipv4.ip_unprivileged_port_start=${port}`
    ),
    ...lost.map(({ port }) =>
      `The node port of port ${port}/UDP of Service "${name}" cannot be opened: ` +
      "as an ordinary user nothing but TCP leads into the Pods' network; run as root"
    ),
  ];
}

/** A port of the machine that something else has: it may be free when it is needed. */
function describeNodePort(
  name: string,
  { nodePort: hostPort, protocol = "TCP" }: ServicePort,
): string[] {
  if (hostPort === undefined) return [];
  const why = findPortRefusal({ hostIP: "0.0.0.0", hostPort, protocol }, "program", "nodePort");
  return why === undefined ? [] : [`Node port ${hostPort} of Service "${name}": ${why}`];
}

/** Whether this user may not listen there; a port that is taken is another matter. */
function isForbidden(hostname: string, port: number): boolean {
  try {
    Deno.listen({ hostname, port }).close();
    return false;
  } catch (error) {
    return error instanceof Deno.errors.PermissionDenied;
  }
}
