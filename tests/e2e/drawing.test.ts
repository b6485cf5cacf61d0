import { drawingCases } from "./drawing.case.ts";
import { demo } from "./harness.ts";

drawingCases(demo);
