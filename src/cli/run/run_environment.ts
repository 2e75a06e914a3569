/** What a run takes place in: clock, runtime, files and terminal. */
import type { UnsupportedField } from "../../api/field_support.ts";
import type { Pod } from "../../api/types/pod.ts";
import type { Clock } from "../../base/clock.ts";
import type { RunEvent } from "../../lifecycle/trace/log_event.ts";
import type { Cluster, ClusterOptions } from "../../cluster.ts";
import type { OptionValues } from "../arguments/option_table.ts";
import type { workloadOptions } from "../arguments/options.ts";
import type { PodNames } from "../../scenario/pod_names.ts";
import type { OutputTarget } from "../output/run_writers.ts";
import type { User } from "../terminal/user_attachment.ts";
import type { UserTerminal } from "../terminal/user_terminal.ts";

/** Whose standard input and terminal the containers of a run have. */
export type RunUser = User & Pick<UserTerminal, "isRaw">;

/** The options that `run` and `simulate` share. */
export type RunOptions = OptionValues<typeof workloadOptions>;

/** What a node is made of beside the run itself. */
export type NodeOption =
  | "clock"
  | "createRuntime"
  | "resolveImage"
  | "resolveCommand"
  | "user"
  | "home"
  | "newUid"
  | "node"
  | "scheduling"
  | "startsAtOnce"
  | "newNameEnding"
  | "startControllers"
  | "startServiceProxy"
  | "ranges";

/** The environment of a run: clock, runtime, files and terminal. */
export interface RunEnvironment extends Pick<ClusterOptions, NodeOption> {
  /** Lifecycle milliseconds per wall millisecond. */
  readonly speed: number;
  /** The time of `--timeout`, as it passes for the person who waits. */
  readonly timeoutClock: Clock;
  /** Where the person stands, absolute. */
  readonly directory: string;
  /**
   * What of a new file's mode the caller's mask leaves, where the process has another one by now.
   * @default 0o666
   */
  readonly fileMode?: number;
  readonly stdout: OutputTarget;
  readonly stderr: OutputTarget;
  /** Whose standard input and terminal containers have. @default they have neither */
  readonly createTerminal?: (warn: (line: string) => void) => RunUser;
  /** The ending of the next name of a volume that is to be generated. */
  readonly newEnding: () => number;
  /** Containers see folders of their own, which are not the host's. */
  readonly mountsFolders: boolean;
  /** What the table of fields promises and this environment does not support. */
  readonly unsupportedFieldsOf: (pod: Pod) => readonly UnsupportedField[];
  /**
   * What can never go on by itself is waited for until the run is ended, as `serve` does.
   * @default it ends the run
   */
  readonly waitsForStuck?: boolean;
  /** What to report before anything starts. */
  readonly warnings: readonly string[];
  /**
   * Gets each Pod once, when it appears and before anything of it starts, with the objects that
   * control it.
   */
  readonly onPodAdded?: ClusterOptions["onPodAdded"];
  /** Gets each of them that was not submitted when nothing names it any more. */
  readonly onPodGone?: ClusterOptions["onPodGone"];
  /** Gets a Pod each time something about it has changed. */
  readonly onPodChange?: ClusterOptions["onPodChange"];
  /** Gets each event of the log, but for lines of output, as it happens. */
  readonly onRunEvent?: (event: RunEvent) => void;
  /** Called when nothing more happens, before what is left is written. */
  readonly onOver?: () => Promise<void>;
  /** Is filled with the names of the Pods. @default one of the run's own */
  readonly names?: PodNames;
  /** Called when the Pods have been submitted; what it starts ends with the signal. */
  readonly onSubmitted?: (cluster: Cluster, over: AbortSignal) => void;
  /** What to report when nothing runs any more. */
  readonly closingLines?: (pods: readonly Pod[]) => readonly string[];
}
