/** The tests of `src/runtime`, in one isolate. */
import { listTests, loadTests } from "./load.ts";

await loadTests(listTests("runtime/"));
