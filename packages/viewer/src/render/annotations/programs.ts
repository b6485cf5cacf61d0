import { createProgram, uniformsOf } from "../gl.ts";

// All passes: positions are relative to a bin's origin; `matrix` takes them to
// clip space and is made in doubles for each bin. Colours are premultiplied on
// output. Widths are in device px.
const COMMON = `#version 300 es
precision highp float;
uniform mat3 matrix;
uniform vec2 canvas;
vec4 unpackColor(uint c) {
  return vec4(float((c >> 24) & 255u), float((c >> 16) & 255u), float((c >> 8) & 255u), float(c & 255u)) / 255.0;
}
vec2 toDevice(vec2 p) {
  vec3 clip = matrix * vec3(p, 1.0);
  return (clip.xy * 0.5 + 0.5) * canvas;
}`;

const FILL_VERTEX = `${COMMON}
layout(location = 0) in vec2 position;
layout(location = 1) in uint color;
uniform float opacity;
out vec4 tint;
void main() {
  vec4 c = unpackColor(color);
  float alpha = c.a * opacity;
  tint = vec4(c.rgb * alpha, alpha);
  gl_Position = vec4((matrix * vec3(position, 1.0)).xy, 0.0, 1.0);
}`;

const FILL_FRAGMENT = `#version 300 es
precision highp float;
in vec4 tint;
out vec4 pixel;
void main() { pixel = tint; }`;

// Lines and dots are pulled from a texture: see PointBatch. Six vertices a quad.
const PULLED = `${COMMON}
precision highp usampler2D;
uniform usampler2D points;
uvec4 pointAt(int index) { return texelFetch(points, ivec2(index & 2047, index >> 11), 0); }
// Corner of the quad in 0…1.
vec2 cornerOf(int vertex) {
  int corner = vertex < 3 ? vertex : vertex == 3 ? 2 : vertex == 4 ? 1 : 3;
  return vec2(corner & 1, corner >> 1);
}
const vec4 NOWHERE = vec4(2.0, 2.0, 2.0, 1.0);`;

// A segment is a capsule: a quad around it, its distance field in the fragment
// shader. Round caps make round joins without joining anything.
const LINE_VERTEX = `${PULLED}
uniform float width;
uniform float opacity;
uniform vec4 override;
out vec2 here;
flat out vec2 start;
flat out vec2 end;
flat out vec4 tint;
void main() {
  int index = gl_VertexID / 6;
  uvec4 from = pointAt(index);
  if (from.w == 1u) {
    gl_Position = NOWHERE;
    return;
  }
  uvec4 to = pointAt(index + 1);
  start = toDevice(uintBitsToFloat(from.xy));
  end = toDevice(uintBitsToFloat(to.xy));
  vec2 along = end - start;
  float len = length(along);
  vec2 dir = len > 1e-4 ? along / len : vec2(1.0, 0.0);
  vec2 side = vec2(-dir.y, dir.x);
  float reach = width * 0.5 + 1.0;
  vec2 corner = cornerOf(gl_VertexID % 6);
  here = mix(start - dir * reach, end + dir * reach, corner.x) + side * (corner.y * 2.0 - 1.0) * reach;
  vec4 c = unpackColor(from.z);
  tint = mix(vec4(c.rgb, c.a * opacity), vec4(override.rgb, opacity), override.a);
  gl_Position = vec4(here / canvas * 2.0 - 1.0, 0.0, 1.0);
}`;

const LINE_FRAGMENT = `#version 300 es
precision highp float;
uniform float width;
in vec2 here;
flat in vec2 start;
flat in vec2 end;
flat in vec4 tint;
out vec4 pixel;
void main() {
  vec2 pa = here - start;
  vec2 ba = end - start;
  float h = clamp(dot(pa, ba) / max(dot(ba, ba), 1e-6), 0.0, 1.0);
  vec2 away = pa - ba * h;
  float distance = length(away);
  // A pixel is wider across its diagonal: with one ramp for all directions a
  // slanted line would be thicker or thinner depending on where it falls.
  float ramp = distance > 1e-4 ? (abs(away.x) + abs(away.y)) / distance : 1.0;
  float cover = clamp((width * 0.5 - distance) / ramp + 0.5, 0.0, 1.0);
  float alpha = tint.a * cover;
  pixel = vec4(tint.rgb * alpha, alpha);
}`;

// Discs of constant size: points, and stand-ins for what is too small to be outlined.
const DOT_VERTEX = `${PULLED}
uniform float radius;
uniform float ring;
uniform float opacity;
out vec2 offset;
flat out vec4 tint;
void main() {
  uvec4 point = pointAt(gl_VertexID / 6);
  float reach = radius + ring + 1.0;
  offset = (cornerOf(gl_VertexID % 6) * 2.0 - 1.0) * reach;
  vec4 c = unpackColor(point.z);
  tint = vec4(c.rgb, c.a * opacity);
  gl_Position = vec4((toDevice(uintBitsToFloat(point.xy)) + offset) / canvas * 2.0 - 1.0, 0.0, 1.0);
}`;

const DOT_FRAGMENT = `#version 300 es
precision highp float;
uniform float radius;
uniform float ring;
uniform vec4 ringColor;
in vec2 offset;
flat in vec4 tint;
out vec4 pixel;
void main() {
  float d = length(offset);
  float outer = clamp(radius + ring + 0.5 - d, 0.0, 1.0);
  float inner = clamp(radius + 0.5 - d, 0.0, 1.0);
  vec3 rgb = mix(ringColor.rgb, tint.rgb, ring > 0.0 ? inner : 1.0);
  float alpha = tint.a * outer * mix(ringColor.a, 1.0, inner);
  pixel = vec4(rgb * alpha, alpha);
}`;

const BASE = ["matrix", "canvas", "opacity"] as const;

export function createScenePrograms(gl: WebGL2RenderingContext) {
  const fill = createProgram(gl, FILL_VERTEX, FILL_FRAGMENT);
  const line = createProgram(gl, LINE_VERTEX, LINE_FRAGMENT);
  const dot = createProgram(gl, DOT_VERTEX, DOT_FRAGMENT);
  return {
    fill: { program: fill, uniforms: uniformsOf(gl, fill, BASE) },
    line: { program: line, uniforms: uniformsOf(gl, line, [...BASE, "width", "override"]) },
    dot: { program: dot, uniforms: uniformsOf(gl, dot, [...BASE, "radius", "ring", "ringColor"]) },
  };
}

export type ScenePrograms = ReturnType<typeof createScenePrograms>;
