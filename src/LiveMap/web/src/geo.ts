// The little geometry that a map needs. Web Mercator units run from 0 to 1 over the world.

/** The world's circumference at the equator in metres, as Web Mercator has it. */
export const EQUATOR_M = 40_075_016.7;
const RADIANS = Math.PI / 180;

export const mercatorX = (longitude: number): number => (180 + longitude) / 360;

export const mercatorY = (latitude: number): number =>
  (180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (Math.max(-85.05, Math.min(85.05, latitude)) * Math.PI) / 360))) / 360;

/** Great-circle distance in metres. */
export function distanceM(aLat: number, aLon: number, bLat: number, bLon: number): number {
  const dLat = (bLat - aLat) * RADIANS;
  const dLon = (bLon - aLon) * RADIANS;
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(aLat * RADIANS) * Math.cos(bLat * RADIANS) * Math.sin(dLon / 2) ** 2;
  return (EQUATOR_M / Math.PI) * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** A ring of points at a distance around a centre, for drawing a circle. */
export function circleRing(latitude: number, longitude: number, radiusM: number, points = 72): [number, number][] {
  const angle = (radiusM / EQUATOR_M) * 2 * Math.PI;
  const lat = latitude * RADIANS;
  const ring: [number, number][] = [];
  for (let i = 0; i <= points; i++) {
    const bearing = (i / points) * 2 * Math.PI;
    const sin = Math.sin(lat) * Math.cos(angle) + Math.cos(lat) * Math.sin(angle) * Math.cos(bearing);
    const east = Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(lat), Math.cos(angle) - Math.sin(lat) * sin);
    ring.push([longitude + east / RADIANS, Math.asin(sin) / RADIANS]);
  }
  return ring;
}

export type Bounds = [west: number, south: number, east: number, north: number];

/** The bounds of points; undefined where there are none. */
export function boundsOf(points: Iterable<readonly [number, number]>): Bounds | undefined {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [longitude, latitude] of points) {
    west = Math.min(west, longitude);
    east = Math.max(east, longitude);
    south = Math.min(south, latitude);
    north = Math.max(north, latitude);
  }
  return west <= east ? [west, south, east, north] : undefined;
}
