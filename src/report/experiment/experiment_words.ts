/** What an experiment may combine; read by the command line, so that nothing else is loaded. */

/** What a container may be to its Pod. */
export const EXPERIMENT_ROLES = ["init", "app", "sidecar"] as const;

/** One of {@link EXPERIMENT_ROLES}. */
export type ExperimentRole = typeof EXPERIMENT_ROLES[number];

/** The restart policies of a Pod. */
export const EXPERIMENT_POLICIES = ["Always", "OnFailure", "Never"] as const;

/** One of {@link EXPERIMENT_POLICIES}. */
export type ExperimentPolicy = typeof EXPERIMENT_POLICIES[number];
