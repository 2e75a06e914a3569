/** `run` and `simulate` agree on the worked traces whose scripts real processes can act. */
import { testAgreement } from "./agreement.ts";

testAgreement((file) => file.startsWith("trace-"));
