import { deepStrictEqual as deepEqual } from "node:assert/strict";
import { describeSharedPorts } from "../../../src/cli/manifest/shared_ports.ts";
import { deploymentOf, podOf, templateOf } from "../../support/workloads.ts";

function listening(replicas: number | undefined) {
  const { metadata, spec } = templateOf();
  const [container] = spec.containers;
  const ports = [{ containerPort: 80 }, { containerPort: 443 }];
  const template = { metadata: metadata!, spec: { containers: [{ ...container!, ports }] } };
  return deploymentOf({ template, ...(replicas !== undefined && { replicas }) });
}

Deno.test("describeSharedPorts() is about several replicas with ports", () => {
  const objects = [listening(3), listening(1), listening(undefined), deploymentOf({ replicas: 3 })];
  deepEqual(describeSharedPorts([...objects, podOf("p")], "ip is missing"), [
    'The 3 Pods of Deployment "web" share the machine\'s network, where only one can listen on ' +
    "port 80, 443: ip is missing",
  ]);
});
