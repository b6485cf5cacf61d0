import { createProgram, uniformsOf } from "../gl.ts";

/** Entries of a row of the colour table's texture. */
export const TABLE_WIDTH = 1024;
/** Halvings of the colour table: 2^20 entries at most. */
export const TABLE_STEPS = 20;

const VERTEX = `#version 300 es
uniform vec2 corners[4];
void main() {
  gl_Position = vec4(corners[gl_VertexID], 0.0, 1.0);
}`;

// The arithmetic of labelColor and hashLabel in colors.ts.
const FRAGMENT = `#version 300 es
precision highp float;
precision highp int;
precision highp usampler2D;
uniform usampler2D labels;
// Value, 0xRRGGBBAA; ascending values.
uniform usampler2D table;
uniform int entries;
uniform vec2 size;
uniform mat2 toTexel;
uniform vec2 texelOrigin;
uniform float opacity;
// Device px; 0 fills.
uniform float outlinePx;
out vec4 pixel;

uint labelAt(vec2 device) {
  vec2 texel = toTexel * device + texelOrigin;
  return texelFetch(labels, ivec2(clamp(floor(texel), vec2(0.0), size - 1.0)), 0).r;
}

vec4 hashed(uint value) {
  uint h = value;
  h = (h ^ (h >> 16)) * 0x7feb352du;
  h = (h ^ (h >> 15)) * 0x846ca68bu;
  h = h ^ (h >> 16);
  float hue = float(h & 0xffffu) / 65536.0;
  float saturation = 0.55 + 0.35 * float((h >> 16) & 255u) / 255.0;
  float brightness = 0.8 + 0.2 * float(h >> 24) / 255.0;
  vec3 k = mod(hue * 6.0 + vec3(5.0, 3.0, 1.0), 6.0);
  return vec4(brightness * (1.0 - saturation * clamp(min(k, 4.0 - k), 0.0, 1.0)), 1.0);
}

vec4 colorOf(uint value) {
  int from = 0;
  int to = entries;
  for (int i = 0; i < ${TABLE_STEPS} && from < to; i++) {
    int middle = (from + to) / 2;
    uvec2 entry = texelFetch(table, ivec2(middle % ${TABLE_WIDTH}, middle / ${TABLE_WIDTH}), 0).rg;
    if (entry.r == value) {
      uint c = entry.g;
      return vec4(float(c >> 24), float((c >> 16) & 255u), float((c >> 8) & 255u), float(c & 255u)) / 255.0;
    }
    if (entry.r < value) from = middle + 1;
    else to = middle;
  }
  return hashed(value);
}

void main() {
  vec2 here = gl_FragCoord.xy;
  uint value = labelAt(here);
  if (value == 0u) discard;
  if (outlinePx > 0.0) {
    bool inside =
      labelAt(here + vec2(outlinePx, 0.0)) == value && labelAt(here - vec2(outlinePx, 0.0)) == value &&
      labelAt(here + vec2(0.0, outlinePx)) == value && labelAt(here - vec2(0.0, outlinePx)) == value;
    if (inside) discard;
  }
  vec4 color = colorOf(value);
  float alpha = color.a * opacity;
  pixel = vec4(color.rgb * alpha, alpha);
}`;

const UNIFORMS = ["corners", "entries", "size", "toTexel", "texelOrigin", "opacity", "outlinePx"] as const;

export interface LabelProgram {
  readonly program: WebGLProgram;
  readonly uniforms: Record<(typeof UNIFORMS)[number], WebGLUniformLocation | null>;
}

/** Labels are read from unit 0, the colour table from unit 1. */
export function createLabelProgram(gl: WebGL2RenderingContext): LabelProgram {
  const program = createProgram(gl, VERTEX, FRAGMENT);
  const uniforms = uniformsOf(gl, program, UNIFORMS);
  gl.useProgram(program);
  gl.uniform1i(gl.getUniformLocation(program, "labels"), 0);
  gl.uniform1i(gl.getUniformLocation(program, "table"), 1);
  return { program, uniforms };
}
