import { ViewerError } from "../errors.ts";

/** @throws ViewerError "webgl2-missing" */
export function createContext(canvas: HTMLCanvasElement): WebGL2RenderingContext {
  const gl = canvas.getContext("webgl2", {
    alpha: true,
    antialias: false,
    depth: false,
    // Strokes of the brush are drawn through it: see annotations/stroke.ts.
    stencil: true,
    premultipliedAlpha: true,
    powerPreference: "high-performance",
  });
  if (gl) return gl;
  throw new ViewerError(
    "webgl2-missing",
    "This browser gives the page no WebGL2, which the image is drawn with.",
    "Turn on hardware acceleration in the browser's settings, or use a current Chrome, Edge, Firefox or Safari.",
  );
}

/** @throws ViewerError "shader" unless the context is lost, when nothing compiles and nothing is drawn either */
export function createProgram(gl: WebGL2RenderingContext, vertex: string, fragment: string): WebGLProgram {
  const program = gl.createProgram();
  for (const [kind, text] of [
    [gl.VERTEX_SHADER, vertex],
    [gl.FRAGMENT_SHADER, fragment],
  ] as const) {
    const shader = gl.createShader(kind)!;
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
      throw shaderError(gl.getShaderInfoLog(shader));
    }
    gl.attachShader(program, shader);
    gl.deleteShader(shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
    throw shaderError(gl.getProgramInfoLog(program));
  }
  return program;
}

function shaderError(log: string | null): ViewerError {
  return new ViewerError(
    "shader",
    `The graphics driver refused a shader: ${log ?? "no reason given"}.`,
    "Update the browser or the graphics driver.",
  );
}

/** Looks every uniform up once. */
export function uniformsOf<Name extends string>(
  gl: WebGL2RenderingContext,
  program: WebGLProgram,
  names: readonly Name[],
): Record<Name, WebGLUniformLocation | null> {
  return Object.fromEntries(names.map((name) => [name, gl.getUniformLocation(program, name)])) as Record<
    Name,
    WebGLUniformLocation | null
  >;
}
