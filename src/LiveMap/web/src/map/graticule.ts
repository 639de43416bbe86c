// Lines of latitude and longitude: they carry the sense of scale where the basemap has nothing left to show.
import type { Feature } from 'geojson';
import type { LngLatBounds } from 'maplibre-gl';

const MIN_ZOOM = 11;
/** Lines are about this many degrees apart at zoom 11, and half of it with every level. */
const STEPS = [0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005];

export function graticule(bounds: LngLatBounds, zoom: number): Feature[] {
  if (zoom < MIN_ZOOM) return [];
  const step = STEPS[Math.min(STEPS.length - 1, Math.floor(zoom - MIN_ZOOM))]!;
  const [west, south, east, north] = [bounds.getWest() - step, bounds.getSouth() - step, bounds.getEast() + step, bounds.getNorth() + step];
  const line = (from: [number, number], to: [number, number]): Feature =>
    ({ type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [from, to] } });
  const features: Feature[] = [];
  for (let i = Math.ceil(west / step); i <= east / step; i++) features.push(line([i * step, south], [i * step, north]));
  for (let i = Math.ceil(south / step); i <= north / step; i++) features.push(line([west, i * step], [east, i * step]));
  return features;
}
