import { LANES } from "../tiles/texels.ts";
import { createProgram, uniformsOf } from "./gl.ts";
import { LUT_SIZE } from "./luts.ts";
import type { TexelKind } from "./texel-format.ts";

/** Groups that one draw can read; more are added in further draws. */
export const MAX_GROUPS = 4;
/** Texture unit of the colour maps. */
export const LUT_UNIT = MAX_GROUPS;

const VERTEX = `#version 300 es
// Corners of the tile in clip space, as a strip: top-left, top-right, bottom-left, bottom-right.
uniform vec2 corners[4];
void main() {
  gl_Position = vec4(corners[gl_VertexID], 0.0, 1.0);
}`;

const MAPPED = `
uniform int lut[LANES];
uniform highp sampler2D luts;
vec3 shown(int lane, float tone) {
  if (lut[lane] < 0) return color[lane] * tone;
  float at = tone * ${LUT_SIZE - 1}.0;
  int entry = min(int(at), ${LUT_SIZE - 2});
  return mix(
    texelFetch(luts, ivec2(entry, lut[lane]), 0).rgb,
    texelFetch(luts, ivec2(entry + 1, lut[lane]), 0).rgb,
    at - float(entry));
}`;

const COLOURED = `
vec3 shown(int lane, float tone) { return color[lane] * tone; }`;

function fragment(kind: TexelKind, groups: number, mapped: boolean): string {
  const sampler = kind === "uint" ? "usampler2D" : "sampler2D";
  const each = (line: (g: number) => string) => Array.from({ length: groups }, (_, g) => line(g)).join("\n");
  return `#version 300 es
precision highp float;
precision highp int;
precision highp ${sampler};
${each((g) => `uniform ${sampler} group${g};`)}
uniform vec2 size;
uniform bool smoothly;
uniform bool curved;
uniform vec4 low[${groups}];
uniform vec4 scale[${groups}];
uniform vec4 gamma[${groups}];
uniform vec3 color[${groups * LANES}];${(mapped ? MAPPED : COLOURED).replace("LANES", String(groups * LANES))}
// Device px (origin at the lower left) to texels of the tile. Interpolating a
// varying instead would be off by what the rasteriser snaps corners to, up to
// 1/16 px: visible as a shift at steep contrast.
uniform mat2 toTexel;
uniform vec2 texelOrigin;
out vec4 pixel;

vec4 fetch(${sampler} image, vec2 at) {
  return vec4(texelFetch(image, ivec2(clamp(at, vec2(0.0), size - 1.0)), 0));
}

// Integer textures cannot be filtered by the hardware.
vec4 read(${sampler} image) {
  vec2 texel = toTexel * gl_FragCoord.xy + texelOrigin;
  if (!smoothly) return fetch(image, floor(texel));
  vec2 corner = floor(texel - 0.5);
  vec2 part = texel - 0.5 - corner;
  return mix(
    mix(fetch(image, corner), fetch(image, corner + vec2(1, 0)), part.x),
    mix(fetch(image, corner + vec2(0, 1)), fetch(image, corner + vec2(1, 1)), part.x),
    part.y);
}

vec3 tones(${sampler} image, int g) {
  vec4 tone = clamp((read(image) - low[g]) * scale[g], 0.0, 1.0);
  if (curved) tone = pow(tone, gamma[g]);
  int lane = g * 4;
  return shown(lane, tone.x) + shown(lane + 1, tone.y) + shown(lane + 2, tone.z) + shown(lane + 3, tone.w);
}

void main() {
  vec3 sum = vec3(0.0);
${each((g) => `  sum += tones(group${g}, ${g});`)}
  pixel = vec4(min(sum, 1.0), 1.0);
}`;
}

const UNIFORMS = [
  "corners",
  "toTexel",
  "texelOrigin",
  "size",
  "smoothly",
  "curved",
  "low",
  "scale",
  "gamma",
  "color",
  "lut",
] as const;

export interface TileProgram {
  readonly program: WebGLProgram;
  readonly uniforms: Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>;
}

/**
 * @param groups 1…MAX_GROUPS textures read in one draw
 * @param mapped whether channels may be shown by colour maps, which costs every pixel a little
 */
export function createTileProgram(
  gl: WebGL2RenderingContext,
  kind: TexelKind,
  groups: number,
  mapped: boolean,
): TileProgram {
  const program = createProgram(gl, VERTEX, fragment(kind, groups, mapped));
  const uniforms = uniformsOf(gl, program, UNIFORMS);
  gl.useProgram(program);
  for (let g = 0; g < groups; g++) gl.uniform1i(gl.getUniformLocation(program, `group${g}`), g);
  if (mapped) gl.uniform1i(gl.getUniformLocation(program, "luts"), LUT_UNIT);
  return { program, uniforms };
}
