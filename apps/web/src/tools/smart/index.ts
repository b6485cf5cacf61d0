export { createMagneticTool } from "../magnetic/magnetic-tool.ts";
export { createWandTool } from "../wand/wand-tool.ts";
