// The shaders of the rep layer: one instanced quad a rep, its shape a signed distance computed per pixel.

export const vertexShader = `#version 300 es
layout(location=0) in vec2 corner;
layout(location=1) in vec4 path;    // from x, y, to x, y: offsets from the origin in Mercator units
layout(location=2) in vec4 look;    // began (s), course (radians), style, emphasis
uniform mat4 matrix;
uniform vec2 viewport;
uniform highp float radius;         // pixels
uniform float time;
uniform float glide;                // seconds; 0: none
out vec2 at;
flat out int style;
flat out int shape;
flat out float emphasis;
flat out float pixel;
void main() {
  float share = glide > 0.0 ? clamp((time - look.x) / glide, 0.0, 1.0) : 1.0;
  vec4 center = matrix * vec4(mix(path.xy, path.zw, share), 0.0, 1.0);
  style = int(look.z) / 4;
  shape = int(look.z) % 4;
  emphasis = look.w;
  float extent = radius * (emphasis > 1.5 ? 2.6 : emphasis > 0.5 ? 1.25 : emphasis < 0.0 ? 0.85 : 1.0) * (emphasis > 1.5 ? 1.0 : 1.5);
  float c = cos(look.y), s = sin(look.y);
  vec2 turned = vec2(corner.x * c + corner.y * s, -corner.x * s + corner.y * c);
  center.xy += turned * extent * 2.0 / viewport * center.w;
  gl_Position = center;
  at = corner * extent / radius;
  pixel = 1.0 / radius;
}`;

export const fragmentShader = `#version 300 es
precision highp float;
in vec2 at;
flat in int style;
flat in int shape;                  // 0 dot, 1 arrow, 2 plain dot without outline
flat in float emphasis;             // 2 selected, 1 hovered, 0 usual, -1 dimmed
flat in float pixel;
uniform vec3 colors[5];
uniform vec3 rim;
uniform vec3 accent;
out vec4 color;
float segment(vec2 p, vec2 a, vec2 b) {
  vec2 pa = p - a, ba = b - a;
  return length(pa - ba * clamp(dot(pa, ba) / dot(ba, ba), 0.0, 1.0));
}
// A navigation arrow: a kite with a notch, mirrored at its axis.
float arrow(vec2 p) {
  p.x = abs(p.x);
  vec2 tip = vec2(0.0, 0.98), wing = vec2(0.72, -0.78), notch = vec2(0.0, -0.42);
  float edge = min(segment(p, tip, wing), segment(p, wing, notch));
  vec2 side = wing - tip, base = wing - notch;
  bool inside = side.x * (p.y - tip.y) - side.y * (p.x - tip.x) < 0.0 && base.x * (p.y - notch.y) - base.y * (p.x - notch.x) > 0.0;
  return (inside ? -edge : edge) - 0.1;
}
float cover(float d) { return 1.0 - smoothstep(-pixel * 0.6, pixel * 0.6, d); }
void main() {
  float scale = emphasis > 1.5 ? 1.3 : emphasis > 0.5 ? 1.25 : emphasis < 0.0 ? 0.85 : 1.0;
  vec2 p = at / scale;
  float d = (shape == 1 ? arrow(p) : length(p) - (shape == 2 ? 0.72 : 0.66)) * scale;
  float outline = shape == 2 ? 0.0 : pixel * 1.7;
  float body = cover(d), whole = cover(d - outline);
  vec4 fill = vec4(mix(rim, colors[style], body), 1.0) * whole;
  float shadow = shape == 2 ? 0.0 : 0.22 * (1.0 - smoothstep(0.0, 0.42, d - outline));
  color = fill + vec4(0.0, 0.0, 0.0, shadow) * (1.0 - fill.a);
  if (emphasis > 1.5) {
    float r = length(at);
    vec4 halo = vec4(accent, 1.0) * (0.18 * cover(r - 2.1) + 0.82 * cover(abs(r - 2.1) - pixel * 1.1));
    color = color + halo * (1.0 - fill.a) * (1.0 - color.a * 0.0);
    color.a = min(color.a, 1.0);
  }
  if (emphasis < 0.0) color *= 0.35;
  if (color.a < 0.004) discard;
}`;

/** Compiles and links; throws what the driver says. */
export function linkProgram(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertexShader], [gl.FRAGMENT_SHADER, fragmentShader]] as const) {
    const shader = gl.createShader(type)!;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) throw new Error(gl.getShaderInfoLog(shader) ?? 'shader');
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return program;
}
