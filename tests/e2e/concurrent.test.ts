import { concurrentCases } from "./concurrent.case.ts";
import { demo } from "./harness.ts";

concurrentCases(demo);
