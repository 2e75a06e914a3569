/** The ending of a name that is generated. */
import { NAME_ENDINGS } from "../../api/generate_name.ts";

/** An ending that is drawn at random, from 0 to `NAME_ENDINGS` - 1. */
export function anyEnding(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % NAME_ENDINGS;
}
