/** The tests of all rooms but the runtime, and of the house, in one isolate. */
import { FOLDER_ALONE, FOLDERS_BY_FILE, isByFile, listTests, loadTests } from "./load.ts";

const elsewhere = [...FOLDERS_BY_FILE, FOLDER_ALONE, "runtime"];

await loadTests(
  listTests("").filter((path) => !isByFile(path) && !elsewhere.includes(path.split("/")[0]!)),
);
