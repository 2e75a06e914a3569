/**
 * The rules of StatefulSets, DaemonSets and ControllerRevisions, in one piece that is loaded where
 * a manifest has one; pure.
 */
import { defaultDaemonSet, defaultStatefulSet } from "../set_defaults.ts";
import {
  controllerRevisionErrors,
  controllerRevisionUpdateErrors,
  daemonSetErrors,
  daemonSetUpdateErrors,
  statefulSetErrors,
  statefulSetUpdateErrors,
} from "./apps/validate_sets.ts";

/** By what their rows do with them. */
export const setRules = {
  defaultStatefulSet,
  statefulSetErrors,
  statefulSetUpdateErrors,
  defaultDaemonSet,
  daemonSetErrors,
  daemonSetUpdateErrors,
  controllerRevisionErrors,
  controllerRevisionUpdateErrors,
} as const;

/** The type of {@link setRules}. */
export type SetRules = typeof setRules;
