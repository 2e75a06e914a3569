/** What is wrong with Services, in the API server's words. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import {
  defaultService,
  prepareService,
  prepareServiceUpdate,
} from "../../../../src/api/network/service_defaults.ts";
import { formatFieldError } from "../../../../src/api/types/errors.ts";
import type { Service, ServiceSpec } from "../../../../src/api/types/network.ts";
import {
  serviceErrors,
  serviceUpdateErrors,
} from "../../../../src/api/validate/network/validate_service.ts";

const complete = (given: unknown, name = "web"): Service =>
  prepareService(defaultService({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace: "default", resourceVersion: "1" },
    // Rows have what no type allows.
    spec: given as ServiceSpec,
  }));

const ports = [{ port: 80 }];
const DNS_1035 = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', " +
  "start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  " +
  "or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const OF_BALANCER = "may only be used when `type` is 'LoadBalancer'";
const OF_NAME = "may not be set for ExternalName services";
const rows: [given: unknown, errors: string[]][] = [
  [{ ports }, []],
  [{ clusterIP: "None" }, []],
  [{ type: "ExternalName", externalName: "a.example." }, []],
  [{ ports, type: "LoadBalancer", loadBalancerClass: "a.example/b" }, []],
  [{ ports: [{ name: "a", port: 80 }, { name: "b", port: 80, protocol: "UDP" }] }, []],
  [{}, ["spec.ports: Required value"]],
  [{ ports, type: "Cluster" }, [
    'spec.type: Unsupported value: "Cluster": supported values: ' +
    '"ClusterIP", "ExternalName", "LoadBalancer", "NodePort" (did you mean "ClusterIP"?)',
  ]],
  [{ ports, type: "NodePort", clusterIP: "None" }, [
    "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services",
  ]],
  [{ type: "ExternalName" }, ["spec.externalName: Required value"]],
  [{
    type: "ExternalName",
    externalName: "a.example",
    clusterIP: "None",
    ipFamilies: ["IPv4"],
    ipFamilyPolicy: "SingleStack",
  }, [
    `spec.clusterIPs: Forbidden: ${OF_NAME}`,
    `spec.ipFamilies: Forbidden: ${OF_NAME}`,
    `spec.ipFamilyPolicy: Forbidden: ${OF_NAME}`,
  ]],
  [{ ports: [{ port: 80 }, { name: "b", port: 81 }] }, ["spec.ports[0].name: Required value"]],
  [{ ports: [{ name: "b", port: 80 }, { name: "b", port: 81 }] }, [
    'spec.ports[1].name: Duplicate value: "b"',
  ]],
  [{ ports: [{ port: 80, targetPort: "web_1" }] }, [
    'spec.ports[0].targetPort: Invalid value: "web_1": ' +
    "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
  ]],
  [{ ports: [{ port: 80, targetPort: 70_000 }] }, [
    "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
  ]],
  [{ ports: [{ port: 80, protocol: "HTTP" }] }, [
    'spec.ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
  ]],
  [{ ports: [{ port: 80, nodePort: 30_000 }] }, [
    "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  ]],
  [{ ports: [{ name: "a", port: 80 }, { name: "b", port: 80 }] }, [
    'spec.ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,' +
    '"Port":80,"TargetPort":0,"NodePort":0}',
  ]],
  [{
    type: "NodePort",
    ports: [{ name: "a", port: 80, nodePort: 30_000 }, { name: "b", port: 81, nodePort: 30_000 }],
  }, ["spec.ports[1].nodePort: Duplicate value: 30000"]],
  [{ ports, sessionAffinity: "Cookie" }, [
    'spec.sessionAffinity: Unsupported value: "Cookie": supported values: "ClientIP", "None"',
  ]],
  [{
    ports,
    sessionAffinity: "ClientIP",
    sessionAffinityConfig: { clientIP: { timeoutSeconds: 86_401 } },
  }, [
    "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: " +
    "must be greater than 0 and less than 86400",
  ]],
  [{ ports, clusterIPs: ["10.96.0.7"] }, [
    'spec.clusterIPs: Invalid value: ["10.96.0.7"]: ' +
    "must be empty when `clusterIP` is not specified",
  ]],
  [{ ports, clusterIP: "10.96.0.8", clusterIPs: ["10.96.0.7"] }, [
    'spec.clusterIPs: Invalid value: ["10.96.0.7"]: first value must match `clusterIP`',
  ]],
  [{ ports, clusterIP: "a" }, [
    'spec.clusterIPs[0]: Invalid value: "a": ' +
    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
  ]],
  [{ ports, ipFamilies: ["IPv5", "IPv4", "IPv4"] }, [
    'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6" ' +
    '(did you mean "IPv4"?)',
    'spec.ipFamilies[2]: Duplicate value: "IPv4"',
  ]],
  [{ ports, ipFamilyPolicy: "Both" }, [
    'spec.ipFamilyPolicy: Unsupported value: "Both": supported values: ' +
    '"PreferDualStack", "RequireDualStack", "SingleStack"',
  ]],
  [{ ports, clusterIP: "10.96.0.7", ipFamilies: ["IPv6"] }, [
    'spec.clusterIPs[0]: Invalid value: "10.96.0.7": ' +
    "expected an IPv6 value as indicated by `ipFamilies[0]`",
  ]],
  [{ ports, externalIPs: ["127.0.0.1", "b"] }, [
    'spec.externalIPs[0]: Invalid value: "127.0.0.1": ' +
    "may not be in the loopback range (127.0.0.0/8, ::1/128)",
    'spec.externalIPs[1]: Invalid value: "b": ' +
    "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
  ]],
  [{ ports, loadBalancerClass: "a", loadBalancerSourceRanges: ["10.0.0.0/8"] }, [
    `spec.LoadBalancerSourceRanges: Forbidden: ${OF_BALANCER}`,
    `spec.loadBalancerClass: Forbidden: ${OF_BALANCER}`,
  ]],
  [{ ports, type: "LoadBalancer", loadBalancerSourceRanges: [" 10.0.0.0/8", "fd00::/64"] }, []],
  [{ ports, type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/33", "10.0.0.0"] }, [
    'spec.LoadBalancerSourceRanges[0]: Invalid value: "10.0.0.0/33": ' +
    "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
    'spec.LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.0": ' +
    "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)",
  ]],
  [{ ports, externalTrafficPolicy: "Local" }, [
    'spec.externalTrafficPolicy: Invalid value: "Local": ' +
    "may only be set for externally-accessible services",
  ]],
  [{ ports, internalTrafficPolicy: "Near", trafficDistribution: "Near" }, [
    'spec.internalTrafficPolicy: Unsupported value: "Near": supported values: "Cluster", "Local"',
    'spec.trafficDistribution: Unsupported value: "Near": supported values: ' +
    '"PreferClose", "PreferSameNode", "PreferSameZone"',
  ]],
];
for (const [given, errors] of rows) {
  Deno.test(`R-SVC-2: serviceErrors() of ${JSON.stringify(given)}`, () => {
    deepEqual([...serviceErrors(complete(given))].map(formatFieldError), errors);
  });
}

Deno.test("R-SVC-2: the name of a Service begins with a letter and has no dot", () => {
  for (const name of ["1web", "web.a"]) {
    deepEqual([...serviceErrors(complete({ ports }, name))].map(formatFieldError), [
      `metadata.name: Invalid value: ${JSON.stringify(name)}: ${DNS_1035}`,
    ]);
  }
});

const old = complete({ ports, clusterIP: "10.96.1.1", ipFamilies: ["IPv4"] });
const updates: [given: unknown, errors: string[]][] = [
  [{ ports: [{ port: 81 }] }, []],
  [{ type: "ExternalName", externalName: "a.example", ports }, []],
  [{ ports, clusterIP: "10.96.1.2" }, [
    'spec.clusterIPs[0]: Invalid value: ["10.96.1.2"]: may not change once set',
  ]],
  [{ ports, clusterIP: "None" }, [
    'spec.clusterIPs[0]: Invalid value: ["None"]: may not change once set',
  ]],
  [{ ports, ipFamilies: ["IPv6"] }, [
    'spec.ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
    'spec.clusterIPs[0]: Invalid value: "10.96.1.1": ' +
    "expected an IPv6 value as indicated by `ipFamilies[0]`",
  ]],
];
for (const [given, errors] of updates) {
  Deno.test(`R-SVC-3: serviceUpdateErrors() of ${JSON.stringify(given)}`, () => {
    const service = prepareServiceUpdate(defaultService({ ...old, spec: given as never }), old);
    deepEqual([...serviceUpdateErrors(service, old)].map(formatFieldError), errors);
  });
}
