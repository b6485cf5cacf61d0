import { compareDecoders } from "../compare.ts";

Object.assign(window, { compareDecoders });
