/**
 * The rules of Services, Endpoints and EndpointSlices, in one piece that is loaded where a manifest
 * has one; pure.
 */
import { allocateService } from "../network/allocation.ts";
import {
  defaultEndpoints,
  defaultEndpointSlice,
  defaultService,
  prepareService,
  prepareServiceUpdate,
} from "../network/service_defaults.ts";
import {
  endpointsErrors,
  endpointSliceErrors,
  endpointSliceUpdateErrors,
  endpointsUpdateErrors,
} from "./network/validate_endpoints.ts";
import { serviceErrors, serviceUpdateErrors } from "./network/validate_service.ts";
import { warnService } from "./warn/service_warnings.ts";

/** By what their rows do with them. */
export const networkRules = {
  defaultService,
  prepareService,
  prepareServiceUpdate,
  allocateService,
  serviceErrors,
  serviceUpdateErrors,
  warnService,
  defaultEndpoints,
  endpointsErrors,
  endpointsUpdateErrors,
  defaultEndpointSlice,
  endpointSliceErrors,
  endpointSliceUpdateErrors,
} as const;

/** The type of {@link networkRules}. */
export type NetworkRules = typeof networkRules;
