/** The objects beside the Pods that a run reports of: those on which controllers act. */
import { FOLLOWED_KINDS } from "../../api/kinds/kinds.ts";
import type { KubernetesObject } from "../../api/types/kinds.ts";
import type { ObjectClient, WatchEvent } from "../../store/client.ts";

/** As they are; once the run ends, those that are deleted as they were last. */
export class RunObjects {
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #onChange: () => void;
  readonly #onGone: (object: KubernetesObject) => void;
  #isEnding = false;

  /**
   * Follows them, those that are there included.
   *
   * @param onChange called after each change.
   * @param onGone gets each object that is not reported of any more.
   */
  constructor(
    client: Pick<ObjectClient, "watch">,
    onChange: () => void,
    onGone: (object: KubernetesObject) => void,
  ) {
    this.#onChange = onChange;
    this.#onGone = onGone;
    for (const kind of FOLLOWED_KINDS) client.watch(kind, (event) => this.#note(event));
  }

  /** The run ends: what is deleted from now on stays in the report. */
  noteEnd(): void {
    this.#isEnding = true;
  }

  /** In the order of their creation. */
  list(): KubernetesObject[] {
    return [...this.#objects.values()];
  }

  #note({ type, object }: WatchEvent<KubernetesObject>): void {
    const { uid = "" } = object.metadata;
    if (type !== "DELETED") this.#objects.set(uid, object);
    else if (!this.#isEnding) {
      this.#objects.delete(uid);
      this.#onGone(object);
    }
    this.#onChange();
  }
}
