/** The controllers of Services and of Endpoints. */
import { matchesSelector } from "../../api/label_selector.ts";
import type { LabelSelector } from "../../api/types/meta.ts";
import type { Endpoints, Service } from "../../api/types/network.ts";
import type { Pod } from "../../api/types/pod.ts";
import { hasSameEndpoint } from "../endpoint_slice/endpoint.ts";
import { computeEndpointSliceChanges } from "../endpoint_slice/endpoint_slice.ts";
import { computeEndpointsChanges, computeOrphanedEndpoints } from "../endpoint_slice/endpoints.ts";
import { computeMirrorChanges } from "../endpoint_slice/mirror.ts";
import type { ControllerRow, RelatedObjects } from "./controller_row.ts";

/** What the rows of Services have in common. */
const selectingRow = {
  kind: "Service",
  selects: { kind: "Pod", selectorOf },
  gatherMs: 1,
  isNews: (before, after) =>
    before.kind !== "Pod" || after.kind !== "Pod" || !hasSameEndpoint(before, after),
} as const satisfies Partial<ControllerRow<Service>>;

/** The controller that says in EndpointSlices where the traffic of a Service goes. */
export const endpointSliceRow: ControllerRow<Service> = {
  ...selectingRow,
  component: "endpoint-slice-controller",
  owns: ["EndpointSlice"],
  compute: (service, related, now) =>
    computeEndpointSliceChanges({
      service,
      pods: selectedBy(service, related),
      slices: related.ownedBy("EndpointSlice", service.metadata.uid!),
    }, now),
};

/** The controller that keeps Endpoints of each Service too. */
export const endpointsRow: ControllerRow<Service> = {
  ...selectingRow,
  component: "endpoint-controller",
  owns: [],
  namesakes: ["Endpoints"],
  compute: (service, related, now) =>
    computeEndpointsChanges({
      service,
      pods: selectedBy(service, related),
      endpoints: related.find("Endpoints", service, service.metadata.name),
    }, now),
  computeOrphans: (gone, related) =>
    computeOrphanedEndpoints(related.find("Endpoints", gone, gone.metadata.name)),
};

/** The controller that makes slices of Endpoints that are written by hand. */
export const mirrorRow: ControllerRow<Endpoints> = {
  kind: "Endpoints",
  component: "endpoint-slice-mirroring-controller",
  owns: ["EndpointSlice"],
  namesakes: ["Service"],
  compute: (endpoints, related, now) =>
    computeMirrorChanges({
      endpoints,
      service: related.find("Service", endpoints, endpoints.metadata.name),
      slices: related.ownedBy("EndpointSlice", endpoints.metadata.uid!),
    }, now),
};

function selectedBy(service: Service, related: RelatedObjects): readonly Pod[] {
  const selector = selectorOf(service);
  if (selector === undefined) return [];
  return related.besideOf("Pod", service)
    .filter(({ metadata }) => matchesSelector(selector, metadata.labels));
}

/** A Service without a selector selects nothing. */
function selectorOf({ spec: { selector = {} } }: Service): LabelSelector | undefined {
  return Object.keys(selector).length === 0 ? undefined : { matchLabels: selector };
}
