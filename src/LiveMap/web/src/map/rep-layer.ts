// All reps in one instanced draw call, with the glide between two frames computed on the graphics card.
import type { CustomLayerInterface, CustomRenderMethodInput, Map as MapLibre } from 'maplibre-gl';
import { allReps, statuses, type Rep } from '../fleet.ts';
import { mercatorX, mercatorY } from '../geo.ts';
import { linkProgram } from './rep-shaders.ts';
import { rgb, type Palette } from './palette.ts';

const FLOATS = 8;
const GLIDE_S = 1;
/** Below this zoom a second of driving is less than a pixel. */
const GLIDE_ZOOM = 12;
/** Below this zoom the server sends counts instead of reps. */
export const COUNTS_ZOOM = 7;
/** Farther from the origin, in pixels of the view, float32 offsets begin to jitter. */
const MAX_ORIGIN_PX = 100_000;
const MOCK_STYLE = 4;

const enum Shape { Dot, Arrow, Plain }

export interface RepLook {
  selected: string | undefined;
  hovered: string | undefined;
  /** Whether a rep stands out; the others are dimmed. */
  passes(rep: Rep): boolean;
  reducedMotion: boolean;
}

/** More reps in view than this are drawn smaller, down to half, so that a crowd stays a crowd of single ones. */
const CROWD = 1200;
let crowdScale = 1;

/** Pixels (CSS) of a marker's radius. */
const markerRadius = (zoom: number): number => (zoom < 8.5 ? 3 : zoom < 10 ? 4.5 : zoom < 12 ? 7 : zoom < 14 ? 8.5 : 10) * textScale * crowdScale;

/** How much larger than usual the page is written: the wall's markers grow with its text. */
let textScale = 1;
const readTextScale = () => (textScale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16);

export class RepLayer implements CustomLayerInterface {
  readonly id = 'reps';
  readonly type = 'custom' as const;
  readonly renderingMode = '2d' as const;

  #map: MapLibre | undefined;
  #program: WebGLProgram | undefined;
  #vertices: WebGLVertexArrayObject | undefined;
  #instances: WebGLBuffer | undefined;
  #uniforms: Record<string, WebGLUniformLocation | null> = {};
  #data = new Float32Array(FLOATS * 1024);
  #count = 0;
  #origin = { x: 0.5, y: 0.5 };
  #stale = true;
  #lastMoved = -Infinity;
  #frameTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(public look: RepLook, public palette: Palette) {}

  /** Draws the reps as they are now. */
  refresh(): void {
    this.#stale = true;
    this.#map?.triggerRepaint();
  }

  onAdd(map: MapLibre, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext;
    this.#map = map;
    this.#program = linkProgram(gl);
    for (const name of ['matrix', 'viewport', 'radius', 'time', 'glide', 'colors', 'rim', 'accent']) {
      this.#uniforms[name] = gl.getUniformLocation(this.#program, name);
    }
    this.#vertices = gl.createVertexArray();
    gl.bindVertexArray(this.#vertices);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]), gl.STATIC_DRAW);
    gl.enableVertexAttribArray(0);
    gl.vertexAttribPointer(0, 2, gl.FLOAT, false, 0, 0);
    this.#instances = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#instances);
    for (const attribute of [1, 2]) {
      gl.enableVertexAttribArray(attribute);
      gl.vertexAttribPointer(attribute, 4, gl.FLOAT, false, FLOATS * 4, (attribute - 1) * 16);
      gl.vertexAttribDivisor(attribute, 1);
    }
    gl.bindVertexArray(null);
    this.#stale = true;
  }

  onRemove(_map: MapLibre, context: WebGLRenderingContext | WebGL2RenderingContext): void {
    const gl = context as WebGL2RenderingContext;
    clearTimeout(this.#frameTimer);
    if (this.#program) gl.deleteProgram(this.#program);
    if (this.#instances) gl.deleteBuffer(this.#instances);
    if (this.#vertices) gl.deleteVertexArray(this.#vertices);
    this.#map = undefined;
  }

  render(context: WebGLRenderingContext | WebGL2RenderingContext, { defaultProjectionData }: CustomRenderMethodInput): void {
    const map = this.#map;
    if (!map || !this.#program || map.getZoom() < COUNTS_ZOOM) return;
    const gl = context as WebGL2RenderingContext;
    const zoom = map.getZoom();
    this.#followCenter(map, zoom);
    if (this.#stale) this.#fill(zoom);
    gl.useProgram(this.#program);
    gl.bindVertexArray(this.#vertices!);
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#instances!);
    if (this.#stale) gl.bufferData(gl.ARRAY_BUFFER, this.#data.subarray(0, this.#count * FLOATS), gl.DYNAMIC_DRAW);
    this.#stale = false;
    this.#setUniforms(gl, Array.from(defaultProjectionData.mainMatrix as ArrayLike<number>), zoom);
    gl.disable(gl.DEPTH_TEST);
    gl.disable(gl.STENCIL_TEST);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.drawArraysInstanced(gl.TRIANGLE_STRIP, 0, 4, this.#count);
    gl.bindVertexArray(null);
    if (this.#glide(zoom) > 0 && performance.now() - this.#lastMoved < GLIDE_S * 1000) this.#drawSoon();
  }

  // Half of the usual frame rate looks as smooth at the speed of traffic and costs half.
  #drawSoon(): void {
    this.#frameTimer ??= setTimeout(() => {
      this.#frameTimer = undefined;
      this.#map?.triggerRepaint();
    }, 30);
  }

  #glide(zoom: number): number {
    return zoom >= GLIDE_ZOOM && !this.look.reducedMotion ? GLIDE_S : 0;
  }

  #followCenter(map: MapLibre, zoom: number): void {
    const { lng, lat } = map.getCenter();
    const [x, y] = [mercatorX(lng), mercatorY(lat)];
    const distancePx = Math.hypot(x - this.#origin.x, y - this.#origin.y) * 512 * 2 ** zoom;
    if (distancePx < MAX_ORIGIN_PX && Math.abs(x - this.#origin.x) < 0.25) return;
    this.#origin = { x, y };
    this.#stale = true;
  }

  /** Writes the instances, the important ones last, so that they are drawn on top. */
  #fill(zoom: number): void {
    const ranks: Rep[][] = [[], [], [], [], [], []];
    const bounds = this.#map!.getBounds();
    let inView = 0;
    for (const rep of allReps()) {
      if (!rep.hasPosition || rep.hidden) continue;
      ranks[this.#rank(rep)]!.push(rep);
      if (bounds.contains([rep.longitude, rep.latitude])) inView++;
    }
    crowdScale = Math.max(0.5, Math.min(1, Math.sqrt(CROWD / Math.max(1, inView))));
    readTextScale();
    const total = ranks.reduce((sum, rank) => sum + rank.length, 0);
    if (this.#data.length < total * FLOATS) this.#data = new Float32Array(total * FLOATS * 2);
    this.#count = total;
    this.#lastMoved = -Infinity;
    let offset = 0;
    for (const rank of ranks) for (const rep of rank) offset = this.#write(rep, offset, zoom);
  }

  #rank(rep: Rep): number {
    if (rep.id === this.look.selected || rep.id === this.look.hovered) return 5;
    if (!this.look.passes(rep)) return 0;
    return rep.mock ? 4 : rep.status === 'lost' ? 3 : rep.status === 'stale' ? 2 : rep.status === 'offDuty' ? 0 : 1;
  }

  #write(rep: Rep, offset: number, zoom: number): number {
    const data = this.#data;
    // Nearest copy of the world: a view across the antimeridian sees both sides.
    const wrap = Math.round(this.#origin.x - rep.x);
    const isMoving = rep.motion === 'moving' && rep.status !== 'lost' && rep.status !== 'offDuty' && !Number.isNaN(rep.courseDeg);
    const shape = zoom < 10 || crowdScale < 0.7 ? Shape.Plain : isMoving ? Shape.Arrow : Shape.Dot;
    data[offset] = rep.fromX + wrap - this.#origin.x;
    data[offset + 1] = rep.fromY - this.#origin.y;
    data[offset + 2] = rep.x + wrap - this.#origin.x;
    data[offset + 3] = rep.y - this.#origin.y;
    data[offset + 4] = Math.max(-1e4, (rep.movedAt - this.#epoch) / 1000);
    data[offset + 5] = isMoving ? (rep.courseDeg * Math.PI) / 180 : 0;
    data[offset + 6] = (rep.mock ? MOCK_STYLE : statuses.indexOf(rep.status)) * 4 + shape;
    data[offset + 7] = rep.id === this.look.selected ? 2 : rep.id === this.look.hovered ? 1 : this.look.passes(rep) ? 0 : -1;
    this.#lastMoved = Math.max(this.#lastMoved, rep.movedAt);
    return offset + FLOATS;
  }

  // float32 tells milliseconds apart for some hours only; a wall runs for weeks.
  get #epoch(): number {
    return Math.floor(performance.now() / 3_600_000) * 3_600_000;
  }

  #setUniforms(gl: WebGL2RenderingContext, matrix: number[], zoom: number): void {
    const { x, y } = this.#origin;
    const moved = matrix.slice();
    for (let i = 0; i < 4; i++) moved[12 + i] = matrix[i]! * x + matrix[4 + i]! * y + matrix[12 + i]!;
    const u = (name: string) => this.#uniforms[name]!;
    const { status, surface, accent } = this.palette;
    gl.uniformMatrix4fv(u('matrix'), false, moved);
    gl.uniform2f(u('viewport'), gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(u('radius'), markerRadius(zoom) * devicePixelRatio);
    gl.uniform1f(u('time'), (performance.now() - this.#epoch) / 1000);
    gl.uniform1f(u('glide'), this.#glide(zoom));
    gl.uniform3fv(u('colors'), [status.live, status.stale, status.lost, status.offDuty, status.mock].flatMap(rgb));
    gl.uniform3fv(u('rim'), rgb(surface));
    gl.uniform3fv(u('accent'), rgb(accent));
  }
}

/** The rep nearest to a point of the map, within a finger's or a pointer's reach. */
export function repAt(map: MapLibre, longitude: number, latitude: number, reachPx: number): Rep | undefined {
  const zoom = map.getZoom();
  if (zoom < COUNTS_ZOOM) return undefined;
  const [x, y] = [mercatorX(longitude), mercatorY(latitude)];
  let best: Rep | undefined;
  let bestDistance = (reachPx + markerRadius(zoom)) / (512 * 2 ** zoom);
  for (const rep of allReps()) {
    if (!rep.hasPosition || rep.hidden) continue;
    const dx = Math.abs(rep.x - x);
    const distance = Math.hypot(Math.min(dx, Math.abs(1 - dx)), rep.y - y);
    if (distance < bestDistance) [best, bestDistance] = [rep, distance];
  }
  return best;
}
