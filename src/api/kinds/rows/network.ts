/**
 * The rows of Service, Endpoints and EndpointSlice; pure.
 *
 * Rule: Kubernetes, pkg/registry/core/service/strategy.go, core/endpoint/strategy.go and
 * discovery/endpointslice/strategy.go.
 */
import type { Endpoints, EndpointSlice, Service } from "../../types/network.ts";
import { isEqual } from "../../validate/common/equality.ts";
import { lateRules } from "../strategy/late_rules.ts";
import type { Strategy } from "../strategy/strategy.ts";
import { withFirstGeneration } from "../strategy/template.ts";

/** How Services are read, completed, checked and stored. */
export const serviceStrategy: Strategy<Service> = {
  kind: "Service",
  apiVersion: "v1",
  plural: "services",
  singular: "service",
  shortNames: ["svc"],
  namespaced: true,
  struct: "Service",
  confidential: false,
  isFollowed: true,
  hasStatus: true,
  applyDefaults: (it) => lateRules("network").defaultService(it),
  prepareForCreate: (it) => lateRules("network").prepareService(it),
  prepareForUpdate: (it, old) => lateRules("network").prepareServiceUpdate(it, old),
  validate: (it) => lateRules("network").serviceErrors(it),
  validateUpdate: (it, old) => lateRules("network").serviceUpdateErrors(it, old),
  warn: (it) => lateRules("network").warnService(it),
  allocate: (it, others, ranges) => lateRules("network").allocateService(it, others, ranges),
  podTemplatesOf: () => [],
};

/** How Endpoints are read, completed, checked and stored. */
export const endpointsStrategy: Strategy<Endpoints> = {
  kind: "Endpoints",
  apiVersion: "v1",
  plural: "endpoints",
  singular: "endpoints",
  shortNames: ["ep"],
  namespaced: true,
  struct: "Endpoints",
  confidential: false,
  hasStatus: false,
  applyDefaults: (it) => lateRules("network").defaultEndpoints(it),
  prepareForCreate: (it) => it,
  validate: (it) => lateRules("network").endpointsErrors(it),
  validateUpdate: (it, old) => lateRules("network").endpointsUpdateErrors(it, old),
  podTemplatesOf: () => [],
};

/** How EndpointSlices are read, completed, checked and stored. */
export const endpointSliceStrategy: Strategy<EndpointSlice> = {
  kind: "EndpointSlice",
  apiVersion: "discovery.k8s.io/v1",
  plural: "endpointslices",
  singular: "endpointslice",
  shortNames: [],
  namespaced: true,
  struct: "EndpointSlice",
  confidential: false,
  isFollowed: true,
  hasStatus: false,
  applyDefaults: (it) => lateRules("network").defaultEndpointSlice(it),
  prepareForCreate: withFirstGeneration,
  prepareForUpdate: (it, old) => {
    const { generation = 0 } = old.metadata;
    return isEqual(contentOf(it), contentOf(old)) ? it : {
      ...it,
      metadata: { ...it.metadata, generation: generation + 1 },
    };
  },
  validate: (it) => lateRules("network").endpointSliceErrors(it),
  validateUpdate: (it, old) => lateRules("network").endpointSliceUpdateErrors(it, old),
  podTemplatesOf: () => [],
};

/** What its generation counts. */
function contentOf({ metadata, addressType, endpoints = [], ports = [] }: EndpointSlice) {
  return [addressType, endpoints, ports, metadata.labels ?? {}];
}
