// Images that the map asks for by name: made when first needed, from nothing but their name.
import type { Map as MapLibre } from 'maplibre-gl';
import { bubbleSize } from './bubbles.ts';
import { rgb, type Palette } from './palette.ts';

/** Slices of a ring; shares are rounded to them, so that few different images exist. */
const SLICES = 16;
const SCALE = 2;

/** The name of a ring that shows shares by status. */
export function ringName(counts: readonly number[]): string {
  const total = counts.reduce((sum, n) => sum + n, 0);
  const size = bubbleSize(total);
  // Every status that is present is seen: at least one slice.
  const slices = counts.map((n) => (n === 0 ? 0 : Math.max(1, Math.round((n / total) * SLICES))));
  const largest = slices.indexOf(Math.max(...slices));
  slices[largest]! += SLICES - slices.reduce((sum, n) => sum + n, 0);
  return `ring|${size}|${slices.join('|')}`;
}

/** Draws what the style asks for. */
export function provideImages(map: MapLibre, palette: () => Palette): void {
  map.setMissingStyleImageResolver((id) => {
    const parts = id.split('|');
    const image = parts[0] === 'ring' ? ring(palette(), Number(parts[1]), parts.slice(2).map(Number))
      : parts[0] === 'chevron' ? chevron(palette()) : undefined;
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: SCALE });
  });
}

function canvas(size: number): CanvasRenderingContext2D {
  const element = document.createElement('canvas');
  element.width = element.height = size * SCALE;
  const context = element.getContext('2d', { willReadFrequently: true })!;
  context.scale(SCALE, SCALE);
  return context;
}

function ring(palette: Palette, size: number, slices: number[]): ImageData {
  const context = canvas(size);
  const center = size / 2;
  const { live, stale, lost, offDuty } = palette.status;
  context.shadowColor = 'rgb(0 0 0 / 0.28)';
  context.shadowBlur = 5 * SCALE;
  context.shadowOffsetY = 1 * SCALE;
  context.fillStyle = palette.surface;
  context.beginPath();
  context.arc(center, center, center - 5, 0, 2 * Math.PI);
  context.fill();
  context.shadowColor = 'transparent';
  context.lineWidth = 3.5;
  let angle = -Math.PI / 2;
  [live, stale, lost, offDuty].forEach((color, i) => {
    const sweep = (slices[i]! / SLICES) * 2 * Math.PI;
    if (sweep === 0) return;
    context.strokeStyle = color;
    context.beginPath();
    context.arc(center, center, center - 7, angle, angle + sweep);
    context.stroke();
    angle += sweep;
  });
  return context.getImageData(0, 0, size * SCALE, size * SCALE);
}

function chevron(palette: Palette): ImageData {
  const size = 12;
  const context = canvas(size);
  const [r, g, b] = rgb(palette.trailCasing).map((value) => Math.round(value * 255));
  context.strokeStyle = `rgb(${r} ${g} ${b})`;
  context.lineWidth = 1.8;
  context.lineCap = context.lineJoin = 'round';
  context.beginPath();
  context.moveTo(4.5, 3.2);
  context.lineTo(7.5, 6);
  context.lineTo(4.5, 8.8);
  context.stroke();
  return context.getImageData(0, 0, size * SCALE, size * SCALE);
}
