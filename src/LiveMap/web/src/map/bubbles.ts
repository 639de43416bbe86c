// Count bubbles that would overlap become one.
import type { CountBin } from '../fleet.ts';
import { mercatorX, mercatorY } from '../geo.ts';

/** Pixels across of the bubble for so many reps. */
export const bubbleSize = (n: number): number => (n < 10 ? 34 : n < 100 ? 40 : n < 1000 ? 48 : 56);

/** How much of their radii two bubbles may share before they are merged. */
const OVERLAP = 0.8;

interface Bubble {
  x: number;
  y: number;
  n: number;
  latitude: number;
  longitude: number;
  counts: [number, number, number, number];
}

/** Merges bins whose bubbles overlap at a zoom, the small ones into the large ones. */
export function mergeBins(bins: readonly CountBin[], zoom: number): CountBin[] {
  const worldPx = 512 * 2 ** zoom;
  const bubbles = bins.map(({ latitude, longitude, counts }): Bubble => ({
    x: mercatorX(longitude) * worldPx, y: mercatorY(latitude) * worldPx, n: counts.reduce((sum, n) => sum + n, 0), latitude, longitude, counts: [...counts],
  })).sort((a, b) => b.n - a.n || a.x - b.x);
  const merged: Bubble[] = [];
  for (const bubble of bubbles) {
    const near = merged.find((large) =>
      Math.hypot(large.x - bubble.x, large.y - bubble.y) < ((bubbleSize(large.n) + bubbleSize(bubble.n)) / 2) * OVERLAP);
    if (near) absorb(near, bubble);
    else merged.push(bubble);
  }
  return merged;
}

function absorb(large: Bubble, small: Bubble): void {
  const share = small.n / (large.n + small.n);
  large.latitude += (small.latitude - large.latitude) * share;
  large.longitude += (small.longitude - large.longitude) * share;
  large.x += (small.x - large.x) * share;
  large.y += (small.y - large.y) * share;
  large.n += small.n;
  small.counts.forEach((n, status) => (large.counts[status]! += n));
}
