/** Rules of how Pods get their node: `R-SCHED-n`; pure. */
import type { Rules } from "./rule.ts";

const PLUGINS = "pkg/scheduler/framework/plugins";

/** By id. */
export const schedulingRules: Rules = {
  "R-SCHED-1": {
    text:
      "Of the Pods without a node the one of the highest priority is looked at first; one that " +
      "no node can have stays Pending, with PodScheduled False and the reason Unschedulable, and " +
      "keeps no other waiting.",
    source: `pkg/scheduler/schedule_one.go (handleSchedulingFailure); ` +
      `${PLUGINS}/queuesort/priority_sort.go`,
  },
  "R-SCHED-2": {
    text: "A node can have a Pod when every filter accepts it, in this order: taints, node " +
      "affinity and selector, host ports, requests, spread constraints, Pod affinity; the reasons " +
      "are those of the first that does not.",
    source: "pkg/scheduler/apis/config/v1/default_plugins.go; pkg/scheduler/framework/types.go " +
      "(FitError)",
  },
  "R-SCHED-3": {
    text: "A Pod without a node is looked at again when something has changed that may help it: " +
      "itself, or the Pods on the nodes.",
    source: "pkg/scheduler/backend/queue/scheduling_queue.go (MoveAllToActiveOrBackoffQueue)",
  },
  "R-SCHED-4": {
    text: "A Pod that names its node passes the scheduler by: that node rejects it if it has no " +
      "room for it.",
    source: "pkg/scheduler/eventhandlers.go (addPod); " +
      "pkg/kubelet/lifecycle/predicate.go",
  },
  "R-SCHED-5": {
    text: "A Pod that finds no room has Pods of lower priority deleted, as few as do, the least " +
      "important first, unless its preemptionPolicy is Never; the room is kept for it.",
    source: `${PLUGINS}/defaultpreemption/default_preemption.go (SelectVictimsOnNode); ` +
      "pkg/scheduler/framework/preemption/preemption.go",
  },
  "R-SCHED-6": {
    text: "A taint NoExecute has the Pods of its node deleted that do not tolerate it, and those " +
      "that tolerate it for a time (tolerationSeconds) after that time; DisruptionTarget says so.",
    source: "pkg/controller/tainteviction/taint_eviction.go",
  },
};
