/** The controller of Services. */
import { matchesSelector } from "../../api/label_selector.ts";
import type { LabelSelector } from "../../api/types/meta.ts";
import type { Service } from "../../api/types/network.ts";
import { hasSameEndpoint } from "../endpoint_slice/endpoint.ts";
import { computeEndpointSliceChanges } from "../endpoint_slice/endpoint_slice.ts";
import type { ControllerRow } from "./controller_row.ts";

/** The controller that says in EndpointSlices where the traffic of a Service goes. */
export const endpointSliceRow: ControllerRow<Service> = {
  kind: "Service",
  component: "endpoint-slice-controller",
  owns: ["EndpointSlice"],
  selects: { kind: "Pod", selectorOf },
  gatherMs: 1,
  isNews: (before, after) =>
    before.kind !== "Pod" || after.kind !== "Pod" || !hasSameEndpoint(before, after),
  compute: (service, related, now) => {
    const selector = selectorOf(service);
    const pods = selector === undefined ? [] : related.besideOf("Pod", service)
      .filter(({ metadata }) => matchesSelector(selector, metadata.labels));
    const slices = related.ownedBy("EndpointSlice", service.metadata.uid!);
    return computeEndpointSliceChanges({ service, pods, slices }, now);
  },
};

/** A Service without a selector selects nothing. */
function selectorOf({ spec: { selector = {} } }: Service): LabelSelector | undefined {
  return Object.keys(selector).length === 0 ? undefined : { matchLabels: selector };
}
