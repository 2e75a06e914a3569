/**
 * The addresses of a Service, and the families that they are of.
 *
 * Rule: Kubernetes, pkg/apis/core/validation/validation.go, ValidateServiceClusterIPsRelatedFields,
 * validateUpgradeDowngradeClusterIPs and validateUpgradeDowngradeIPFamilies.
 */
import { HEADLESS, isHeadless } from "../../network/service_type.ts";
import { invalid, notSupported, required } from "../../types/errors.ts";
import type { Service } from "../../types/network.ts";
import { type FieldErrors, ipDetails, validateValue } from "../common/validate_value.ts";
import { findDuplicates } from "./address.ts";

const FAMILIES = ["IPv4", "IPv6"];
const FAMILY_POLICIES = ["PreferDualStack", "RequireDualStack", "SingleStack"];

/** What is wrong with the addresses and families of a Service. */
export function* serviceAddressErrors(service: Service): FieldErrors {
  const { type, clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = service.spec;
  if (type === "ExternalName") return;
  const path = "spec.clusterIPs";
  if (!clusterIP) {
    const detail = "must be empty when `clusterIP` is not specified";
    if (clusterIPs.length > 0) yield invalid(path, clusterIPs, detail);
  } else if (clusterIPs.length === 0) yield required(path);
  else if (clusterIPs[0] !== clusterIP) {
    yield invalid(path, clusterIPs, "first value must match `clusterIP`");
  }
  for (const [i, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) yield notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES);
  }
  yield* findDuplicates(ipFamilies, (it) => it, (it, i) => [`spec.ipFamilies[${i}]`, it]);
  if (ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(ipFamilyPolicy)) {
    yield notSupported("spec.ipFamilyPolicy", ipFamilyPolicy, FAMILY_POLICIES);
  }
  const wrong = [...addressErrors(clusterIPs)];
  yield* wrong;
  if (clusterIPs.length > 2) yield invalid(path, clusterIPs, "may only hold up to 2 values");
  if (wrong.length > 0) return;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(familyOf)).size < clusterIPs.length) {
    yield invalid(path, clusterIPs, "may specify no more than one IP for each IP family");
  }
  if (isHeadless(service)) return;
  for (const [i, address] of clusterIPs.entries()) {
    const family = ipFamilies[i];
    if (family === undefined || family === familyOf(address)) continue;
    const detail = `expected an ${family} value as indicated by \`ipFamilies[${i}]\``;
    if (FAMILIES.includes(family)) yield invalid(`${path}[${i}]`, address, detail);
  }
}

function* addressErrors(addresses: readonly string[]): FieldErrors {
  for (const [i, address] of addresses.entries()) {
    if (i === 0 && address === HEADLESS) {
      const detail = "'None' must be the first and only value";
      if (addresses.length > 1) yield invalid("spec.clusterIPs", addresses, detail);
    } else yield* validateValue(`spec.clusterIPs[${i}]`, address, ipDetails);
  }
}

function familyOf(address: string): string {
  return address.includes(":") ? "IPv6" : "IPv4";
}

/** A Service keeps its addresses, unless it had or will have none (R-SVC-3). */
export function* serviceAddressUpdateErrors(service: Service, old: Service): FieldErrors {
  if (service.spec.type === "ExternalName" || old.spec.type === "ExternalName") return;
  const wasHeadless = isHeadless(old);
  if (wasHeadless && isHeadless(service)) return;
  yield* keptErrors("clusterIP", service, old);
  if (wasHeadless === isHeadless(service)) yield* keptErrors("ipFamily", service, old);
}

function* keptErrors(
  what: "clusterIP" | "ipFamily",
  { spec }: Service,
  old: Service,
): FieldErrors {
  const key = what === "clusterIP" ? "clusterIPs" : "ipFamilies";
  const before = old.spec[key] ?? [];
  const after = spec[key] ?? [];
  if (before.length > 0 && after.length === 0) {
    yield invalid(`spec.${key}[0]`, spec[key], `primary ${what} can not be unset`);
  }
  const kept = before.length === after.length ? before.length : 1;
  for (const [i, value] of before.slice(0, kept).entries()) {
    if (after.length > 0 && after[i] !== value) {
      yield invalid(`spec.${key}[${i}]`, after, "may not change once set");
    }
  }
  const isReleased = before.length > 1 && after.length === 1;
  if (isReleased && spec.ipFamilyPolicy !== "SingleStack") {
    const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
    yield invalid("spec.ipFamilyPolicy", spec.ipFamilyPolicy, detail);
  }
}
