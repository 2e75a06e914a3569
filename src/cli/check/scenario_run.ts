/** One run of a scenario, for real or simulated. */
import { keyOfObject } from "../../api/kinds/kinds.ts";
import type { ManifestError } from "../../api/manifest/manifest.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { Container } from "../../api/types/pod.ts";
import type { Millis } from "../../base/clock.ts";
import { formatDuration } from "../../base/duration.ts";
import { actObject, findUnactable } from "../../scenario/acted_pod.ts";
import { formatMoment } from "../../report/trace_line.ts";
import type { Script } from "../../scenario/script.ts";
import { namedPodsOf, type ParsedScenario } from "../../scenario/scenario_file.ts";
import { isSeveral } from "../../scenario/name_uses.ts";
import { formatManifestErrors, isPipe, NOT_A_FILE, unreadable } from "../manifest/manifests.ts";
import { joinPath, parentPath, resolvePath } from "../manifest/paths.ts";
import { everyObject, type Plan } from "../manifest/plan.ts";
import { resolveImage } from "../manifest/image.ts";
import { hasProgram, type Machine } from "../play/machine_run.ts";
import {
  MOST_BYTES,
  type RecordedRun,
  type RecordedRunRequest,
  recordRun,
  recordSimulation,
} from "../play/recorded_run.ts";
import { compareScenario } from "./compare.ts";
import { drawAround } from "./drawing.ts";
import type { Failure, FileError, FileResult } from "./failure.ts";
import { Observer } from "./observation.ts";
import { ScriptedUser } from "./scripted_user.ts";

/** How files are run. */
export interface CheckSettings {
  /** Where names of files start, absolute. */
  readonly directory: string;
  /** Undefined: on the virtual clock. */
  readonly machine: Machine | undefined;
  /** Lifecycle milliseconds in one of a real run. */
  readonly speed: number;
  readonly isolation: "auto" | "sandbox" | "process";
  /** How far moments of a real run may be off, in ms of the machine. */
  readonly toleranceMs: Millis;
  /** How long a file may take, in ms of the machine. */
  readonly timeoutMs: Millis;
  /** How wide timelines are, in characters. */
  readonly width: number;
  /** Ends what runs; nothing more is begun. */
  readonly kill: AbortSignal;
}

/** Errors of a file, with their lines; each once. */
export function describeErrors(errors: readonly ManifestError[]): FileError[] {
  // In their order, and each once.
  return formatManifestErrors(errors).map((text) => {
    const [, line, column] = /^.*?:(\d+):(\d+): /.exec(text) ?? [];
    return { text, ...line !== undefined && { line: Number(line), column: Number(column) } };
  });
}

/** So many lines of standard error are shown of a run that failed. */
const MOST_DIAGNOSTICS = 5;

/** Where a scenario stands. */
export interface ScenarioPlace {
  /** As it was typed. */
  readonly file: string;
  /** Absolute; undefined: on standard input. */
  readonly path: string | undefined;
}

/** One run of a scenario. */
export class ScenarioRun {
  readonly #parsed: ParsedScenario;
  readonly #place: ScenarioPlace;
  readonly #settings: CheckSettings;
  readonly #speed: number;
  readonly #observer = new Observer();
  #isSeveral = false;
  /** The objects as they are given; what acts has another program afterwards. */
  readonly #given: KubernetesObject[] = [];
  /** Why real processes cannot act it. */
  #unactable: string | undefined;

  constructor(
    parsed: ParsedScenario,
    place: ScenarioPlace,
    settings: CheckSettings,
  ) {
    this.#parsed = parsed;
    this.#place = place;
    this.#settings = settings;
    this.#speed = parsed.scenario.speed ?? settings.speed;
  }

  async check(): Promise<
    & Pick<FileResult, "outcome" | "failures" | "errors" | "notes">
    & { readonly diagnostics: readonly string[] }
  > {
    const { timeoutMs, kill, machine } = this.#settings;
    const unread = this.#findPipes();
    if (unread.length > 0) {
      return { outcome: "refused", failures: [], errors: unread, notes: [], diagnostics: [] };
    }
    const late = AbortSignal.timeout(timeoutMs);
    const recorded = await this.#run(AbortSignal.any([kill, late]));
    if (this.#unactable !== undefined) {
      const notes = [`${this.#unactable}; --simulate plays it`];
      return { outcome: "skipped", failures: [], errors: [], notes, diagnostics: [] };
    }
    const errors = describeErrors(recorded.errors.map((it) => this.#locate(it)));
    const { diagnostics } = recorded;
    const none = { failures: [], errors, notes: [], diagnostics };
    if (errors.length > 0) return { outcome: "refused", ...none };
    if (kill.aborted) return { outcome: "skipped", ...none, notes: ["interrupted"] };
    const { expected } = this.#parsed.scenario;
    const seen = this.#observer.finish(recorded);
    const endless = late.aborted || recorded.isTooMuch ? [this.#describeEndless(recorded)] : [];
    const failures = endless.length > 0 ? endless : compareScenario({
      expected,
      seen,
      isSeveral: this.#isSeveral,
      ...machine && { tolerance: this.#settings.toleranceMs * this.#speed },
    });
    return {
      outcome: failures.length > 0 ? "failed" : "passed",
      failures: failures.map((failure) => ({
        ...failure,
        ...this.#parsed.positionOf(failure.field),
        timeline: drawAround(seen.events, failure.at, this.#settings.width),
      })),
      errors: [],
      notes: [
        ...machine && expected.machine.size > 0
          ? ["machine was not compared: it is of simulated runs"]
          : [],
        // They may say why.
        ...failures.length > 0 ? diagnostics.slice(0, MOST_DIAGNOSTICS) : [],
      ],
      diagnostics,
    };
  }

  async #run(kill: AbortSignal): Promise<RecordedRun> {
    const { machine, isolation, directory } = this.#settings;
    const { scenario, manifestText } = this.#parsed;
    const { file, path } = this.#place;
    const folder = path === undefined ? directory : parentPath(path);
    const speed = machine ? this.#speed : 1;
    const { baseMs, maxMs } = scenario.crashBackoff;
    const request: RecordedRunRequest & { readonly script: Script } = {
      words: [
        `--crash-backoff=${baseMs}ms,${maxMs}ms`,
        `--timeout=${scenario.end / speed}ms`,
        ...scenario.inject.map((it) => `--inject=${it}`),
        ...machine ? [`--speed=${speed}`, `--isolation=${isolation}`] : [],
        ...this.#manifests,
      ],
      manifests: manifestText === undefined ? [] : [{ file, text: manifestText, folder }],
      directory,
      script: scenario.script,
      scriptFolder: folder,
      kill,
      checkPlan: (plan) => this.#checkNames(plan),
      openPlace: (clock) => ({
        ...this.#observer.placeFor(clock),
        // Something is still to happen to it.
        waitsForStuck: scenario.hasEnd || scenario.script.deletions.length > 0,
        ...machine &&
          { createTerminal: () => new ScriptedUser(scenario.script.inputs ?? [], clock) },
      }),
    };
    if (machine === undefined) {
      return await recordSimulation(request, (script) => this.#observer.observe(script));
    }
    const changeObject = (object: KubernetesObject) => {
      this.#given.push(object);
      return actObject(object, scenario.script, { speed, acts: isWithoutProgram });
    };
    return await recordRun({ ...request, changeObject }, machine);
  }

  /** The files of the manifest, as the person would type them. */
  get #manifests(): readonly string[] {
    const { file } = this.#place;
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/") + 1) : ".";
    return this.#parsed.scenario.manifest.map((it) =>
      it.startsWith("/") ? it : joinPath(folder, it)
    );
  }

  /** Files of the manifest that may never end: a scenario has no use for a pipe. */
  #findPipes(): FileError[] {
    const { directory } = this.#settings;
    const pipes = this.#manifests.filter((it) => isPipe(resolvePath(directory, it)));
    return describeErrors(pipes.map((file) => this.#locate(unreadable(file, NOT_A_FILE))));
  }

  /** An error of a whole file of the manifest, with the place that names it. */
  #locate(error: ManifestError): ManifestError {
    const index = this.#manifests.indexOf(error.file);
    if (error.line !== undefined || index < 0) return error;
    const { positionOf } = this.#parsed;
    const place = positionOf(`manifest[${index}]`);
    return {
      ...error,
      ...place,
      file: this.#place.file,
      message: `${error.file} ${error.message}`,
    };
  }

  #checkNames(plan: Plan): readonly ManifestError[] {
    // What is applied later may be a change of what is there.
    const objects = new Map(everyObject(plan).map((it) => [keyOfObject(it), it]));
    const named = namedPodsOf([...objects.values()]);
    this.#isSeveral = isSeveral(named);
    const unknown = this.#parsed.findUnknownNames(named);
    if (unknown.length > 0 || this.#settings.machine === undefined) return unknown;
    const { templates } = namedPodsOf(this.#given);
    this.#unactable = findUnactable(this.#parsed.scenario.script, templates, isWithoutProgram);
    // Nothing is run then; that is not an error of the file.
    return this.#unactable === undefined ? [] : [UNACTABLE];
  }

  #describeEndless({ events, isTooMuch }: RecordedRun): Failure {
    const at = events.at(-1)?.at ?? 0;
    const { timeoutMs } = this.#settings;
    return {
      field: "end",
      expected: isTooMuch
        ? "a run of which a report can be kept"
        : `an end within ${formatDuration(timeoutMs)}`,
      seen: isTooMuch
        ? `more than ${MOST_BYTES >> 20} MiB of events and output by ${formatMoment(at)} of ` +
          "lifecycle time; give an earlier end"
        : `it still ran at ${formatMoment(at)} of lifecycle time; give an earlier end, ` +
          `${this.#settings.machine ? "a higher --speed " : ""}or a longer --timeout`,
      at,
    };
  }
}

/** Whether a container can only act its part: it has no command, and its image no program here. */
function isWithoutProgram({ image = "", command = [] }: Container): boolean {
  if (command.length > 0) return false;
  const [program] = resolveImage(image, new Map()) ?? [];
  return program === undefined || !hasProgram(program);
}

/** Keeps a plan from being run. */
const UNACTABLE: ManifestError = {
  file: "",
  field: "",
  reason: "Unsupported",
  message: "real processes cannot act it",
};
