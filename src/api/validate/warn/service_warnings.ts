/**
 * What the API server warns of in a Service: fields that mean nothing beside others; pure.
 *
 * Rule: Kubernetes, pkg/api/service/warnings.go, GetWarningsForService.
 */
import { isHeadless } from "../../network/service_type.ts";
import type { Service } from "../../types/network.ts";
import type { FieldWarning } from "./field_warning.ts";

/** The warnings about a Service, defaults applied or not (R-SVC-5). */
export function warnService(service: Service): FieldWarning[] {
  const { type, clusterIP, loadBalancerIP, externalIPs = [], externalName, ...spec } = service.spec;
  const warnings: FieldWarning[] = [];
  if (isHeadless(service) || clusterIP === "None") {
    const message = "is ignored for headless services";
    if (loadBalancerIP) warnings.push({ field: "spec.loadBalancerIP", message });
    if (externalIPs.length > 0) warnings.push({ field: "spec.externalIPs", message });
    if (spec.sessionAffinity === "ClientIP") {
      warnings.push({ field: "spec.sessionAffinity", message });
    }
  }
  if (type !== "ExternalName" && externalName) {
    const message = 'is ignored when spec.type is not "ExternalName"';
    warnings.push({ field: "spec.externalName", message });
  }
  return warnings;
}
