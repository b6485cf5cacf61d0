import { followCases } from "./follow.case.ts";
import { demo } from "./harness.ts";

followCases(demo);
