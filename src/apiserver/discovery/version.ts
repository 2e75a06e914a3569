/** The release of Kubernetes whose behaviour is served; pure data. */

/** As clients show it. */
export const KUBERNETES_VERSION = "v1.36.0";
