/** Every rule that code, tests and decisions name by its id (`R-…`), with its source; pure. */
import { containerRules } from "./rules/container_rules.ts";
import { controllerRules } from "./rules/controller_rules.ts";
import { decisionRules } from "./rules/decision_rules.ts";
import { defaultRules } from "./rules/default_rules.ts";
import { folkloreRules } from "./rules/folklore_rules.ts";
import { jobRules } from "./rules/job_rules.ts";
import { networkRules } from "./rules/network_rules.ts";
import { podRules } from "./rules/pod_rules.ts";
import type { Rules } from "./rules/rule.ts";
import { changeRules } from "./rules/change_rules.ts";
import { schedulingRules } from "./rules/scheduling_rules.ts";
import { setRules } from "./rules/set_rules.ts";
import { validationRules } from "./rules/validation_rules.ts";

/**
 * All rules by id. A new one goes into the file of its area in `rules/`, and into
 * `tests/rules.txt`.
 */
export const rules: Rules = {
  ...decisionRules,
  ...containerRules,
  ...podRules,
  ...defaultRules,
  ...validationRules,
  ...folkloreRules,
  ...controllerRules,
  ...jobRules,
  ...setRules,
  ...networkRules,
  ...changeRules,
  ...schedulingRules,
};
