/** Addresses that pods may need, and that nothing of theirs may hide. */
import { readTextIfPresent } from "../../base/files.ts";
import { type Cidr, parseNameservers, parseRoutes } from "./network_plan.ts";

/** What this machine has routes to, and its resolvers. */
export function readTakenRanges(): readonly Cidr[] {
  return [
    ...parseRoutes(readTextIfPresent("/proc/net/route") ?? ""),
    ...parseNameservers(readTextIfPresent("/etc/resolv.conf") ?? ""),
  ];
}
