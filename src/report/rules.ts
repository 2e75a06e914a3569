/** The rules that decisions name, each in a sentence: Pod semantics of Kubernetes 1.36 in our own words; pure. */

/** By id, as events carry it. */
export const rules: Readonly<Record<string, string>> = {
  "R-MODEL-1":
    "Of each container the newest run and the one before it are kept: `state` and `lastState`.",
  "R-MODEL-2": "A pod has one sandbox that counts, the newest; its attempts are numbered from 0.",
  "R-MODEL-3": "The restart count goes up by one with each new run of a container.",
  "R-MODEL-4": "The log of a run is named after its restart count, which is never used twice.",
  "R-MODEL-5": "A running container is out of date only when its image is another one now.",

  "R-WORKER-1":
    "One worker decides for a pod, strictly one thing after another; pods do not wait for each other.",
  "R-WORKER-2": "A pod that has begun to end never comes back, whatever its restart policy.",
  "R-WORKER-3":
    "A pod whose phase is Succeeded or Failed is ended: nothing of it is started any more.",
  "R-WORKER-4":
    "A pod is looked at when its spec, a container, a probe's result or the time has changed.",
  "R-WORKER-5": "What failed before a container existed is tried again after ten seconds.",
  "R-WORKER-6": "An ending pod has every container stopped before it is over.",
  "R-WORKER-7": "When everything has stopped, the last status of the pod is published.",
  "R-WORKER-8": "Succeeded or Failed is shown only when no container can still be running.",
  "R-WORKER-9": "Succeeded and Failed are final.",
  "R-WORKER-10": "A pod's start time is when the node first saw it, before there is a sandbox.",

  "R-ACT-1": "What is to be done follows from spec, sandbox, runs and probe results alone.",
  "R-ACT-2":
    "Sandbox, init containers and main containers are looked at in this order; when no main container runs or is to " +
    "run, the whole pod is ended, sidecars included.",
  "R-ACT-3":
    "A main container that has not run, or may be restarted, is started; a running one whose image has changed or " +
    "whose liveness or startup probe has failed is killed first.",
  "R-ACT-4":
    "A running container that a probe condemns is started again unless its policy is Never.",
  "R-ACT-5":
    "When a probe condemns the last main container and nothing starts it again, the whole pod is ended as one.",
  "R-ACT-6":
    "Kills come first, then the sandbox, then init containers, then main containers in their order.",
  "R-ACT-7":
    "Containers are started one after another, and each start includes its postStart hook.",
  "R-ACT-8": "Every start has to pass the crash-loop back-off first.",
  "R-ACT-9": "Nothing is started for a pod that is being deleted.",
  "R-ACT-10":
    "A container that is killed to be started again is started in the same sync, whatever its sidecars do.",

  "R-SANDBOX-1":
    "A pod needs a (new) sandbox when it has none, when its pause process has died, or when its network no longer fits.",
  "R-SANDBOX-2":
    "With restart policy Never a sandbox that died after a container had run is not replaced.",
  "R-SANDBOX-3":
    "A new sandbox starts all main containers but those that are done under OnFailure.",
  "R-SANDBOX-4": "When no main container would run in it, no new sandbox is made.",
  "R-SANDBOX-5":
    "A new sandbox runs all init containers again and then starts the main containers.",
  "R-SANDBOX-6": "While init containers run again in a new sandbox, the pod is Pending again.",
  "R-SANDBOX-7": "The sandbox of an ended pod is stopped after its containers.",
  "R-SANDBOX-8":
    "What a new sandbox is to start is decided once: a main container that back-off refuses then is decided by its policy " +
    "later, as are all main containers of a pod with init containers.",
  "R-SANDBOX-9":
    "In a network of a pod's own any user may listen on any port (net.ipv4.ip_unprivileged_port_start is 0) and ping, unless the " +
    "pod's sysctls say otherwise.",
  "R-SANDBOX-10":
    "hostUsers: false gives a pod users of its own; a runtime that cannot do so never runs the pod.",

  "R-INIT-1": "A pod without init containers is initialized from the beginning.",
  "R-INIT-2": "Once a main container runs, regular init containers are not looked at any more.",
  "R-INIT-3": "The last init container that has run decides what comes next.",
  "R-INIT-4":
    "When an init container has succeeded the next one starts; one that failed is started again if its policy allows, " +
    "else the pod has failed.",
  "R-INIT-5": "The first init container is the first thing to run.",
  "R-INIT-6":
    "An init container that succeeded is done for good; one that failed is retried under Always and OnFailure, and " +
    "fails the pod under Never.",
  "R-INIT-7": "A retry repeats only the init container that failed, not the sequence.",
  "R-INIT-8": "Init containers run one at a time; when the last is done the main containers start.",
  "R-INIT-9":
    "An init container that was killed for want of memory has failed, whatever its exit code.",

  "R-SIDECAR-1":
    "After a sidecar the next in line starts as soon as the sidecar runs and its startup probe, if any, has succeeded.",
  "R-SIDECAR-2": "A sidecar that comes last makes the pod initialized once it has started.",
  "R-SIDECAR-3": "A sidecar that ends is always started again, even in a pod that never restarts.",
  "R-SIDECAR-4": "A sidecar that crashes stops nothing that has already run.",
  "R-SIDECAR-5":
    "While the last sidecar is down and no main container runs, main containers that ended by themselves wait for it.",
  "R-SIDECAR-6": "A sidecar that back-off holds back does not hold back the others.",
  "R-SIDECAR-7":
    "Sidecars keep no pod alive: when all main containers have ended, they are stopped.",
  "R-SIDECAR-8": "A sidecar's exit code never decides about the pod.",
  "R-SIDECAR-9": "Sidecars count for readiness, regular init containers do not.",
  "R-SIDECAR-10": "Sidecars may have probes and hooks, regular init containers may not.",

  "R-RESTART-1":
    "The pod's restart policy decides for containers without one of their own: Always restarts, OnFailure restarts " +
    "after an exit code other than 0, Never does not.",
  "R-RESTART-2":
    "The first of a container's restartPolicyRules that matches the exit code decides.",
  "R-RESTART-3":
    "A rule matches when its operator is In and the exit code listed, or NotIn and it is not.",
  "R-RESTART-4": "Restart rules count only beside a restart policy of the container's own.",
  "R-RESTART-5": "A container's own restart policy wins over the pod's, in both directions.",
  "R-RESTART-6": "An init container with restartPolicy Always is a sidecar.",
  "R-RESTART-7": "A changed image restarts just that container.",

  "R-RAC-1": "An exit that matches a rule RestartAllContainers starts the whole pod over.",
  "R-RAC-2": "While a pod is started over, its condition AllContainersRestarting is True.",
  "R-RAC-3":
    "To start a pod over, every container is stopped without hooks and order, those that caused it last; the sandbox stays.",
  "R-RAC-4":
    "A pod that is started over begins again with its first init container, and starts every main container.",
  "R-RAC-5":
    "A container that was removed to start the pod over waits as RestartingAllContainers, with exit code 137.",
  "R-RAC-6": "Starting over never makes a pod Failed.",
  "R-RAC-7":
    "A container that starts its pod over again and again has to wait for its own back-off from the fourth time on.",

  "R-BACKOFF-1": "Back-off begins with ten seconds, doubles, and ends at five minutes.",
  "R-BACKOFF-2":
    "A restart may come only when the container's back-off, counted from the end of its last run, is over.",
  "R-BACKOFF-3":
    "Restarts wait 0, 10, 20, 40, 80, 160, 300, 300, … seconds from the end of the run before.",
  "R-BACKOFF-4": "A container that ran for more than ten minutes begins with no wait again.",
  "R-BACKOFF-5": "Another image or other resources begin with no wait again.",
  "R-BACKOFF-6": "Back-off applies to every restart, after a success as after a failure.",
  "R-BACKOFF-7": "The first restart that a probe causes is immediate.",
  "R-BACKOFF-8": "While back-off refuses the start, a container waits as CrashLoopBackOff.",
  "R-BACKOFF-9":
    "What fails before a container exists is not backed off but tried again every ten seconds.",

  "R-START-1":
    "A start has steps: configuration, creation, start, postStart hook; the one that fails gives the reason to wait.",
  "R-START-2":
    "A failed configuration or creation is tried again for ever, whatever the policy; a program that cannot be " +
    "started counts as a run that failed.",
  "R-START-3": "A program that could not be started has an end but no start.",
  "R-START-4": "A start is told in two Events, Created and Started.",
  "R-START-5": "Volumes are prepared before the sandbox; until they are there, nothing starts.",
  "R-START-6": "`$(NAME)` in command and args is replaced by the container's variables.",

  "R-HOOK-1": "Hooks are exec, httpGet or sleep; tcpSocket always fails.",
  "R-HOOK-2":
    "An exec hook has to end with 0; an httpGet hook only has to be answered, whatever the status code.",
  "R-HOOK-3": "No later container starts, and nothing is probed, before a postStart hook is done.",
  "R-HOOK-4":
    "A postStart hook that fails has its container killed; restart policy and back-off decide what follows.",
  "R-HOOK-5": "A hook that does not end is given up when the pod is deleted.",
  "R-HOOK-6": "A preStop hook runs before a stop signal, never when a program ends by itself.",
  "R-HOOK-7": "The time of a preStop hook is taken from the grace period, and ends with it.",
  "R-HOOK-8": "`lifecycle.stopSignal` is sent instead of SIGTERM.",

  "R-STATUS-1":
    "A container waits until it has run; then the newest run is its state and the one before its last state.",
  "R-STATUS-2": "Between its end and the first refused restart a container is shown as terminated.",
  "R-STATUS-3": "A start that succeeds clears what was told of the one that failed.",
  "R-STATUS-4":
    "A container has started when it runs and its startup probe, if any, has succeeded.",
  "R-STATUS-5":
    "A container is ready when it has started and its readiness probe, if any, succeeds.",
  "R-STATUS-6":
    "An init container of which nothing is known counts as done once a main container was made.",
  "R-STATUS-7": "Main containers are listed by name, init containers in their order.",
  "R-STATUS-8": "Times are told in whole seconds.",
  "R-STATUS-9":
    "When a pod is over, containers that nobody knows the end of are given one, and the phase is final.",
  "R-STATUS-10": "A container that may not be restarted stays ended.",
  "R-STATUS-11":
    "A container shows its mounts from the start, and its resources and user from its first run on.",
  "R-STATUS-12": "A Pod shows what all of it requests and may use.",
  "R-STATUS-13": "Times that are not set are shown as null.",

  "R-EXIT-1": "An exit code is the program's own, or 128 + n when signal n ended it.",
  "R-EXIT-2":
    "128 says that the program could not be started; 126 and 127 come from a shell in the container.",
  "R-EXIT-3": "OOMKilled says that the container ran out of memory; exit code 137 alone does not.",

  "R-COUNT-1": "Every new run counts as a restart, whatever its reason.",
  "R-COUNT-2": "Attempts that come to no run do not count.",
  "R-COUNT-3": "Restart counts never fall.",
  "R-COUNT-4": "Init containers that run again in a new sandbox count that as a restart.",

  "R-MSG-1":
    "The last 4096 bytes of the file at terminationMessagePath are the message of an ended run.",
  "R-MSG-2": "FallbackToLogsOnError takes the end of the log where a failed run left no message.",
  "R-MSG-3": "A message of the machine's own stands before the program's.",
  "R-MSG-4": "The messages of a pod's containers share 12 KiB.",
  "R-MSG-5": "A message file that cannot be read is told in the message's place.",

  "R-PHASE-1": "A pod's phase follows from its spec and its containers' states alone.",
  "R-PHASE-2":
    "For the phase a container counts as restartable by its rules and policies, deleted or not.",
  "R-PHASE-3": "Sidecars decide nothing about Succeeded and Failed.",
  "R-PHASE-4":
    "Failed when an init container has failed for good; Pending while something has yet to start; Running while a " +
    "container runs or will be started again; else Succeeded if all main containers ended with 0, and Failed if not.",
  "R-PHASE-5": "Any main container that failed decides, and a pod in a crash loop is Running.",
  "R-PHASE-6": "Under OnFailure alone a pod fails only from outside: deletion, deadline, eviction.",
  "R-PHASE-7": "A deadline or an eviction makes a pod Failed with a reason of its own.",
  "R-PHASE-8":
    "A deleted pod is Succeeded if all main containers answered the stop with 0, else Failed.",

  "R-COND-1": "A condition's transition time moves only when its status changes.",
  "R-COND-2": "A pod is ready to start containers while it has a sandbox that it can go on with.",
  "R-COND-3":
    "A pod is initialized when its init containers are done and its sidecars have started.",
  "R-COND-4":
    "Containers are ready when every sidecar and main container is; never those of an ended pod.",
  "R-COND-5": "A pod is ready when its containers are and all its readiness gates are True.",
  "R-COND-6": "A change of readiness is published at once.",
  "R-COND-7":
    "DisruptionTarget says that something outside the pod ends it: neither a deletion nor its own limits do.",
  "R-COND-8": "A pod with scheduling gates waits, on no node, until the last gate is removed.",

  "R-PROBE-1":
    "By default a probe has 1 s to answer, comes every 10 s, and three failures in a row count.",
  "R-PROBE-2": "Each probe of a main container or sidecar goes on over its restarts.",
  "R-PROBE-3":
    "Probes come on a fixed grid of periods, so that the first can come up to a period after the start.",
  "R-PROBE-4":
    "Nothing is probed before initialDelaySeconds are over; liveness and readiness wait for the startup probe.",
  "R-PROBE-5":
    "The initial delay counts from the container's start, not from its startup probe's success.",
  "R-PROBE-6": "A new run begins not ready, alive, and not started if it has a startup probe.",
  "R-PROBE-7":
    "A result counts when it has come failureThreshold or successThreshold times in a row.",
  "R-PROBE-8": "After a liveness failure or a startup verdict a probe rests until the next run.",
  "R-PROBE-9":
    "A probe that gives no answer at all is tried up to three times, and then counts for nothing.",
  "R-PROBE-10":
    "Exec probes want exit code 0, httpGet a status from 200 to 399, tcpSocket a connection, grpc SERVING.",
  "R-PROBE-11": "httpGet probes follow redirects within the host and verify no certificate.",
  "R-PROBE-12": "A probe's port may be named after one of the container's own.",
  "R-PROBE-13": "Commands of exec probes know only variables with literal values.",
  "R-PROBE-14": "A grpc probe asks the standard health service of the pod.",
  "R-PROBE-15":
    "A liveness or startup probe that fails has its container killed, a readiness probe only takes it out of service.",
  "R-PROBE-16": "A container that has started and is not ready is probed for readiness at once.",
  "R-PROBE-17":
    "A probe's own terminationGracePeriodSeconds is the grace of the kill that it causes.",
  "R-PROBE-18": "While a pod is ending, only readiness probes go on.",

  "R-DELETE-1": "A deletion takes the pod's own grace period unless it names another.",
  "R-DELETE-2":
    "A pod stays until its node is done with it; a grace of 0 takes the object away at once, and its " +
    "containers get the grace that the pod last had.",
  "R-DELETE-3": "Another deletion can shorten the grace, never lengthen it.",
  "R-DELETE-4": "Terminating is how a pod is displayed while it is being deleted, not a phase.",
  "R-DELETE-5": "A deleted pod is gone when its phase is final and nothing of it is left.",

  "R-TERM-1": "All running containers of an ending pod are stopped at the same time.",
  "R-TERM-2":
    "The grace is that of the deletion, else of the probe that condemned, else the pod's.",
  "R-TERM-3": "preStop hook, stop signal, and SIGKILL when the grace period is over.",
  "R-TERM-4": "Main containers are stopped first, then sidecars from the last to the first.",
  "R-TERM-5": "Between the stop signal and SIGKILL are always at least 2 s.",
  "R-TERM-6": "preStop hooks of sidecars run at once; only their stop signals wait for their turn.",
  "R-TERM-7": "When the main containers use up the grace, all sidecars get their signal together.",
  "R-TERM-8": "The stop signal is sent once.",
  "R-TERM-9": "Everything has ended at the latest some 2 s after the grace period.",
  "R-TERM-10": "The Event of a kill says why, or that the container is stopped.",
  "R-TERM-11": "A shorter grace that is asked for while containers are being stopped is honoured.",

  "R-DEADLINE-1":
    "A pod that is active for longer than activeDeadlineSeconds is Failed: DeadlineExceeded.",
  "R-DEADLINE-2":
    "The deadline counts from when the node first saw the pod, so that init containers count.",
  "R-DEADLINE-3":
    "At its deadline a pod is ended gracefully, and stays Failed whatever the exit codes.",
  "R-DEADLINE-4": "kubectl may show how a container ended in place of DeadlineExceeded.",

  "R-ENV-1":
    "Variables come from envFrom in order, then from env, where a later one of a name replaces an earlier one.",
  "R-ENV-2": "`$(NAME)` in a value stands for a variable that was given before it.",
  "R-ENV-3": "`$$` is a `$`, and what names no variable stays as it is.",
  "R-ENV-4":
    "A ConfigMap, Secret or key that is missing keeps the container waiting unless it is optional.",
  "R-ENV-5": "fieldRef gives the pod's own facts.",
  "R-ENV-6":
    "resourceFieldRef gives a limit or request; a limit that is not set is what the node has.",
  "R-ENV-7": "fileKeyRef reads a variable from a file of an emptyDir.",
  "R-ENV-8": "subPathExpr needs every variable that it names.",
  "R-ENV-9":
    "Variables are replaced in command, args, values, subPathExpr and exec probes, and nowhere else.",

  "R-VOL-1": "A volume belongs to the pod, and is mounted anew for every run of a container.",
  "R-VOL-2":
    "An emptyDir begins empty, is shared by the pod's containers, and outlives their restarts.",
  "R-VOL-3": "hostPath.type says what has to be at the path, or is made there.",
  "R-VOL-4":
    "Files of ConfigMaps, Secrets and the downward API are read-only and change all at once.",
  "R-VOL-5": "subPath stays within its volume.",
  "R-VOL-6": "fsGroup owns the files of volumes that can be given away; a hostPath never is.",

  "R-HOST-1": "A pod's host name is its hostname, else its name.",
  "R-HOST-2": "The hosts file is the pod's own, written anew at each start of a container.",
  "R-HOST-3": "hostAliases are added to the hosts file.",
  "R-HOST-4": "On the host's network the hosts file is the node's.",

  "R-ADMIT-1":
    "A pod that its node refuses is Failed with reason and message, before anything of it was made; the first refusal counts.",
  "R-ADMIT-2":
    "Kernel parameters that concern the pod alone are safe; the node refuses all others.",
  "R-ADMIT-3": "A node may end other pods to make room for a critical one.",

  "R-EVENT-1": "That a pod is bound to a node is said in an Event.",

  "R-EVENT-16": "A pod that its node does not take is Failed before anything of it has been made.",

  "R-QOS-1":
    "Guaranteed when every container's limits equal its requests, BestEffort when nothing is asked for, else Burstable.",
  "R-QOS-2": "Requests that are not given are the limits.",

  // Kubernetes, pkg/apis/core/validation/validation.go; R-VALID-81: plugin/pkg/admission.
  "R-VALID-66":
    "Required node affinity has terms, each expression the values that its operator takes.",
  "R-VALID-67":
    "Preferred node affinity has weights from 1 to 100; the values of its labels are not checked.",
  "R-VALID-68": "Pod affinity selects by labels and namespaces, within a topology that has a key.",
  "R-VALID-69": "A spread over a topology has a skew, a key and a word for when it cannot be met.",
  "R-VALID-70": "matchLabelKeys need a selector that does not name them already.",
  "R-VALID-71":
    "Scheduling gates are qualified and different, and no node is given beside them; an update only removes them.",
  "R-VALID-72": "Overhead is checked as a container's limits are.",
  "R-VALID-73": "What belongs to Windows is not set for Linux, and the other way round.",
  "R-VALID-74":
    "Annotations that Kubernetes reads have their form, and agree with the fields that replaced them.",
  "R-VALID-75": "Addresses have no leading zeros and are not IPv4 within IPv6.",
  "R-VALID-76":
    "dnsConfig has up to 3 name servers and 32 search domains; dnsPolicy None needs one server.",
  "R-VALID-77":
    "What spec.resources names holds what the containers ask for of it; what it does not name is not compared.",
  "R-VALID-78":
    "A resize policy names CPU or memory once, and restarts nothing that never restarts.",
  "R-VALID-79": "A toleration has the key, value and effect that its operator takes.",
  "R-VALID-80":
    "Sources of volumes have what their kind needs, whether or not a node can mount them.",
  "R-VALID-81":
    "RuntimeClass and PriorityClass have names; whether there are such classes only a cluster knows.",

  "R-FOLK-1": "Any main container that failed decides about the pod, not the one that ended last.",
  "R-FOLK-2": "The first restart is immediate; ten seconds come before the second.",
  "R-FOLK-3": "Successes under Always back off as failures do.",
  "R-FOLK-4": "Back-off is forgotten after a run of ten minutes, whatever the longest delay.",
  "R-FOLK-5": "A crash loop leaves a pod Running, and Pending when an init container is in it.",
  "R-FOLK-6": "A pod can go back from Running to Pending, when its sandbox is replaced.",
  "R-FOLK-7": "A pod is not Initialized before its init containers are done.",
  "R-FOLK-8": "A changed image restarts its own container at most, never the pod.",
  "R-FOLK-9": "Regular init containers have no probes.",
  "R-FOLK-10":
    "A sidecar may have restart rules, though only RestartAllContainers changes anything.",
  "R-FOLK-11": "Sidecars' preStop hooks begin at once; only their stop signals wait.",
  "R-FOLK-12":
    "A deletion with a grace of 0 kills nothing at once: the containers get the pod's own grace, and 2 s at least.",
  "R-FOLK-13": "A hook does not look at the status code of an HTTP answer; a probe does.",
  "R-FOLK-14":
    "A probe with a wrong port name never fails: it gives no answer, which counts for nothing.",
  "R-FOLK-15": "A liveness failure restarts its container, not the pod.",
  "R-FOLK-16": "initialDelaySeconds counts from the container's start.",
  "R-FOLK-17": "Main containers start one after another.",
  "R-FOLK-18": "137 says SIGKILL; that memory was short is said by OOMKilled.",
  "R-FOLK-19": "For init containers Always works as OnFailure does.",
  "R-FOLK-20": "CrashLoopBackOff, Terminating and Completed are no phases.",
  "R-FOLK-21": "A deleted pod ends Succeeded or Failed before it goes.",
  "R-FOLK-22": "A main container may have a restart policy of its own.",
  "R-FOLK-23": "Readiness goes on being probed while a pod is deleted.",
  "R-FOLK-24": "Exec hooks expand no variables, exec probes only literal ones.",
  "R-FOLK-25": "Names of variables may hold any printable ASCII character but the equals sign.",
};

/** Areas whose rules are tables of texts; what each is about. */
export const textAreas: Readonly<Record<string, string>> = {
  VALID: "It says what the API server refuses; validate tells where and why, in Kubernetes' words.",
  DEFAULT: "It says what the API server fills in where a manifest is silent.",
  EVENT: "It is about a Kubernetes Event and its text.",
  PRINT: "It is about how kubectl prints a Pod.",
  WARN: "It is about a warning of the API server on a Pod that it accepts.",
};
