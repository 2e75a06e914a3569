/** What the API server warns of in a Service. */
import { deepStrictEqual as deepEqual } from "node:assert/strict";
import type { Service, ServiceSpec } from "../../../../src/api/types/network.ts";
import { warnService } from "../../../../src/api/validate/warn/service_warnings.ts";

const OF_HEADLESS = "is ignored for headless services";
const rows: [spec: ServiceSpec, warnings: string[]][] = [
  [{ clusterIP: "None", sessionAffinity: "None" }, []],
  [{ sessionAffinity: "ClientIP", externalIPs: ["192.0.2.1"] }, []],
  [{ type: "ExternalName", externalName: "a.example" }, []],
  [
    {
      clusterIP: "None",
      sessionAffinity: "ClientIP",
      externalIPs: ["192.0.2.1"],
      loadBalancerIP: "192.0.2.1",
    },
    [
      `spec.loadBalancerIP ${OF_HEADLESS}`,
      `spec.externalIPs ${OF_HEADLESS}`,
      `spec.sessionAffinity ${OF_HEADLESS}`,
    ],
  ],
  [{ clusterIPs: ["None"], externalIPs: ["192.0.2.1"] }, [`spec.externalIPs ${OF_HEADLESS}`]],
  [{ externalName: "a.example" }, [
    'spec.externalName is ignored when spec.type is not "ExternalName"',
  ]],
];
for (const [spec, warnings] of rows) {
  Deno.test(`R-SVC-5: warnService() of ${JSON.stringify(spec)}`, () => {
    const service: Service = { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec };
    const found = warnService(service).map(({ field, message }) => `${field} ${message}`);
    deepEqual(found, warnings);
  });
}
