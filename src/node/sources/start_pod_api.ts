/** Gives the Pods of a node what they have of the API that the node serves. */
import type { Clock } from "../../base/clock.ts";
import type { Logger } from "../../base/log.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { ObjectClient } from "../../store/client.ts";
import type { NodeFacts } from "../config/pod_sources.ts";
import type { PodApi } from "./pod_api.ts";
import { PodTokens } from "./pod_tokens.ts";
import { readSources, type SourceReader } from "./source_reader.ts";
import { VolumeRefresher } from "./volume_refresher.ts";

/** What it is made with. */
export interface PodApiOptions {
  readonly client: ObjectClient;
  readonly runtime: Pick<Runtime, "updateVolumes">;
  readonly node: NodeFacts;
  readonly clock: Clock;
  /** Lifecycle milliseconds per wall millisecond. */
  readonly speed: number;
  readonly log: Logger;
}

/** What a kubelet has in place of what it has without an API. */
export interface StartedPodApi {
  readonly sourcesOf: SourceReader;
  readonly volumes: VolumeRefresher;
}

/** What starts it. */
export type StartPodApi = (options: PodApiOptions) => StartedPodApi;

/** Starts it: volumes hold tokens, and what they hold is kept up to date. */
export function startPodApi(
  api: Pick<PodApi, "addressFor" | "requestToken">,
  { client, runtime, node, clock, speed, log }: PodApiOptions,
): StartedPodApi {
  const tokens = new PodTokens({ api, clock, speed });
  const sourcesOf: SourceReader = (pod, references) =>
    readSources({ client, node, api, tokens }, pod, references);
  const options = { client, runtime, clock, sourcesOf, tokens, log };
  return { sourcesOf, volumes: new VolumeRefresher(options) };
}
