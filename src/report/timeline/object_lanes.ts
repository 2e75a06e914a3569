/** The lane of an object that manages Pods, or stands beside them; pure. */
import type { Millis } from "../../base/clock.ts";
import type { ObjectLogEvent } from "../../lifecycle/trace/object_event.ts";
import { type Lane, LaneBuilder } from "./lane.ts";

/** From its creation to its end: what it says of itself, and what its controller does. */
export class ObjectLanes {
  readonly #lane = new LaneBuilder("", "object");

  /** Takes the next event about the object. */
  add(event: ObjectLogEvent): void {
    switch (event.type) {
      case "object.created":
        this.#lane.enter("object", "created", event);
        break;
      case "object.updated":
        this.#lane.enter("object", event.change ?? "", event);
        break;
      case "object.deleted":
        this.#lane.leave(event, "deleted");
        break;
      case "controller.decision":
        this.#lane.mark("decision", event.action, event);
        break;
      case "object.condition": {
        const { condition, status, reason } = event;
        const isBad = status === "False" ? condition === "Available" : condition === "Failed";
        this.#lane.mark("condition", `${condition} ${status} ${reason}`, event, isBad);
        break;
      }
      case "endpoints.changed":
        this.#lane.mark("condition", `${event.ready} ready`, event);
    }
  }

  /** The lanes, as they are when the log ends. */
  end(to: Millis): readonly Lane[] {
    return [this.#lane.end(to)];
  }
}
