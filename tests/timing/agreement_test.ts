/** `run` and `simulate` agree on all other scenarios whose scripts real processes can act. */
import { testAgreement } from "./agreement.ts";

testAgreement((file) => !file.startsWith("trace-"));
