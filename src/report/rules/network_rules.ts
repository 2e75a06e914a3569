/** Rules of Services: `R-SVC-n`; pure. */
import type { Rules } from "./rule.ts";

/** By id. */
export const networkRules: Rules = {
  "R-SVC-1": {
    text: "A Service without them has type ClusterIP, affinity None, the protocol TCP and the " +
      "target port of its port; with affinity ClientIP a client stays 10800 s.",
    source: "pkg/apis/core/v1/defaults.go (SetDefaults_Service)",
  },
  "R-SVC-2": {
    text: "A Service is named by a DNS label that begins with a letter, and has ports unless it " +
      "is headless or an ExternalName; several ports need names.",
    source: "pkg/apis/core/validation/validation.go (ValidateService)",
  },
  "R-SVC-3": {
    text: "A Service keeps its addresses and node ports when it is replaced; they go when its " +
      "new type has none.",
    source: "pkg/registry/core/service/strategy.go (patchAllocatedValues, " +
      "dropTypeDependentFields); pkg/apis/core/validation/validation.go (ValidateServiceUpdate)",
  },
  "R-SVC-4": {
    text: "A Service has the address and the node ports that it asks for if they are in range " +
      "and no other Service has them, else free ones; the lower part of a range is used last.",
    source: "pkg/registry/core/service/storage/alloc.go (allocateCreate); " +
      "pkg/registry/core/service/ipallocator/bitmap.go (calculateRangeOffset)",
  },
};
