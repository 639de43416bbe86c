// What lies on the basemap besides the reps themselves: fences, trail, counts, names.
import type { Feature, FeatureCollection } from 'geojson';
import type { ExpressionSpecification, GeoJSONSource, LayerSpecification, Map as MapLibre } from 'maplibre-gl';
import { areaOf, widthAtZoom0, type Fence } from '../fences.ts';
import type { CountBin, Rep } from '../fleet.ts';
import type { Episode, TrailRun } from '../trail.ts';
import { timeClasses } from '../trail.ts';
import { mercatorX, mercatorY } from '../geo.ts';
import { MEDIUM, REGULAR } from './fonts.ts';
import { ringName } from './images.ts';
import { mix, type Palette } from './palette.ts';
import { FIRST_LABEL } from './style.ts';

const empty: FeatureCollection = { type: 'FeatureCollection', features: [] };
const sources = ['fences', 'fence-names', 'trail', 'trail-stops', 'playhead', 'counts', 'names'] as const;
export type OverlaySource = (typeof sources)[number] | 'graticule';

const any = (expression: unknown) => expression as ExpressionSpecification;
const byPurpose = (colors: Record<string, string>) =>
  any(['match', ['get', 'purpose'], ...Object.entries(colors).filter(([key]) => key !== 'other').flat(), colors['other']]);
/** Pixels that a fence must measure before it is named. */
const NAMED_FENCE_PX = 40;
const LATEST_NAME_ZOOM = 13.5;

/** The filter that lets no feature through. */
const nothing = any(['==', ['get', 'id'], '']);
const isSelected = any(['boolean', ['get', 'selected'], false]);

/** Adds all sources and layers; `reps` is told where its own layer goes. */
export function addOverlays(map: MapLibre, palette: Palette, addReps: () => void): void {
  for (const id of sources) map.addSource(id, { type: 'geojson', data: empty });
  for (const layer of fenceLayers(palette)) map.addLayer(layer, FIRST_LABEL);
  for (const layer of trailLayers(palette)) map.addLayer(layer);
  addReps();
  for (const layer of topLayers(palette)) map.addLayer(layer);
}

export const setData = (map: MapLibre, source: OverlaySource, features: Feature[]): void => {
  void map.getSource<GeoJSONSource>(source)?.setData({ type: 'FeatureCollection', features });
};

function fenceLayers(p: Palette): LayerSpecification[] {
  const corridor = any(['interpolate', ['exponential', 2], ['zoom'], 0, ['get', 'width0'], 22, ['*', ['get', 'width0'], 2 ** 22]]);
  const color = byPurpose(p.purpose);
  return [
    { id: 'fence-fill', type: 'fill', source: 'fences', filter: ['==', ['geometry-type'], 'Polygon'], paint: { 'fill-color': color, 'fill-opacity': any(['case', ['==', ['get', 'purpose'], 'workArea'], 0.04, 0.1]) } },
    { id: 'fence-corridor', type: 'line', source: 'fences', filter: ['==', ['geometry-type'], 'LineString'], layout: { 'line-cap': 'round', 'line-join': 'round' }, paint: { 'line-color': color, 'line-width': corridor, 'line-opacity': 0.13 } },
    { id: 'fence-line', type: 'line', source: 'fences', layout: { 'line-join': 'round' }, paint: { 'line-color': color, 'line-width': 1.25, 'line-opacity': any(['case', ['==', ['get', 'purpose'], 'workArea'], 0.5, 0.85]) } },
    { id: 'fence-chosen-fill', type: 'fill', source: 'fences', filter: nothing, paint: { 'fill-color': color, 'fill-opacity': 0.12 } },
    { id: 'fence-chosen-line', type: 'line', source: 'fences', filter: nothing, layout: { 'line-join': 'round' }, paint: { 'line-color': color, 'line-width': 2.5 } },
  ];
}

/** Draws one fence stronger; a filter, because the data of ten thousand fences is not sent anew for that. */
export function chooseFence(map: MapLibre, id: string | undefined): void {
  const isChosen = any(['==', ['get', 'id'], id ?? '']);
  map.setFilter('fence-chosen-line', isChosen);
  map.setFilter('fence-chosen-fill', any(['all', isChosen, ['==', ['geometry-type'], 'Polygon']]));
}

function trailLayers(p: Palette): LayerSpecification[] {
  const round = { 'line-cap': 'round', 'line-join': 'round' } as const;
  const isGap = any(['get', 'gap']);
  const width = (at8: number, at16: number) => any(['interpolate', ['linear'], ['zoom'], 8, at8, 16, at16]);
  return [
    { id: 'trail-gap', type: 'line', source: 'trail', filter: isGap, layout: { 'line-join': 'round' }, paint: { 'line-color': p.gap, 'line-width': 1.5, 'line-dasharray': [2, 2.5] } },
    { id: 'trail-casing', type: 'line', source: 'trail', filter: ['!', isGap], layout: round, paint: { 'line-color': p.trailCasing, 'line-width': width(5, 9), 'line-opacity': 0.9 } },
    { id: 'trail', type: 'line', source: 'trail', filter: ['!', isGap], layout: round, paint: { 'line-color': any(['get', 'color']), 'line-width': width(3, 5.5) } },
    { id: 'trail-way', type: 'symbol', source: 'trail', minzoom: 11, filter: ['!', isGap], layout: { 'symbol-placement': 'line', 'symbol-spacing': 70, 'icon-image': 'chevron|', 'icon-size': 0.85, 'icon-allow-overlap': true, 'icon-ignore-placement': true } },
    { id: 'stop-dot', type: 'circle', source: 'trail-stops', paint: { 'circle-radius': 9, 'circle-color': p.surface, 'circle-stroke-color': p.accent, 'circle-stroke-width': 2 } },
    { id: 'stop-number', type: 'symbol', source: 'trail-stops', layout: { 'text-field': ['get', 'number'], 'text-font': [MEDIUM], 'text-size': 10.5, 'text-allow-overlap': true, 'text-ignore-placement': true }, paint: { 'text-color': p.label } },
  ];
}

function topLayers(p: Palette): LayerSpecification[] {
  const halo = { 'text-halo-color': p.halo, 'text-halo-width': 1.6 } as const;
  return [
    { id: 'stop-dwell', type: 'symbol', source: 'trail-stops', minzoom: 9, layout: { 'text-field': ['get', 'dwell'], 'text-font': [REGULAR], 'text-size': 11, 'text-anchor': 'left', 'text-offset': [1.1, 0], 'text-optional': true }, paint: { 'text-color': p.label, ...halo } },
    { id: 'playhead', type: 'circle', source: 'playhead', paint: { 'circle-radius': 6, 'circle-color': p.accent, 'circle-stroke-color': p.surface, 'circle-stroke-width': 2.5 } },
    { id: 'fence-name', type: 'symbol', source: 'fence-names', minzoom: 9, filter: any(['<=', ['get', 'fromZoom'], ['zoom']]), layout: { 'text-field': ['get', 'name'], 'text-font': [MEDIUM], 'text-size': any(['interpolate', ['linear'], ['zoom'], 9, 10.5, 14, 12.5]), 'text-max-width': 9, 'text-padding': 6 }, paint: { 'text-color': byPurpose(p.purposeText), ...halo } },
    { id: 'rep-name', type: 'symbol', source: 'names', layout: { 'text-field': ['get', 'name'], 'text-font': [MEDIUM], 'text-size': any(['case', isSelected, 12.5, 11]), 'text-anchor': 'top', 'text-offset': any(['case', isSelected, ['literal', [0, 1.9]], ['literal', [0, 1.05]]]), 'symbol-sort-key': any(['case', isSelected, 0, 1]), 'text-padding': 2 }, paint: { 'text-color': p.label, ...halo } },
    { id: 'count-ring', type: 'symbol', source: 'counts', layout: { 'icon-image': ['get', 'ring'], 'icon-allow-overlap': true, 'text-field': ['get', 'total'], 'text-font': [MEDIUM], 'text-size': 11.5, 'text-allow-overlap': true, 'symbol-sort-key': ['get', 'n'], 'symbol-z-order': 'auto' }, paint: { 'text-color': p.label } },
  ];
}

export function fenceFeatures(fences: readonly Fence[]): Feature[] {
  return fences.flatMap((fence): Feature[] => {
    const geometry = areaOf(fence) ?? (fence.geometry.type === 'LineString' ? fence.geometry : undefined);
    const properties = { id: fence.id, purpose: fence.purpose, width0: widthAtZoom0(fence) };
    return geometry ? [{ type: 'Feature', geometry, properties }] : [];
  });
}

export const fenceNameFeatures = (fences: readonly Fence[]): Feature[] =>
  fences.map((fence) => {
    const { id, name, purpose, anchor } = fence;
    return { type: 'Feature', geometry: { type: 'Point', coordinates: anchor }, properties: { id, name, purpose, fromZoom: nameZoom(fence) } };
  });

/** A name appears when its fence is large enough to be seen, and at a city's zoom at the latest. */
function nameZoom({ bounds: [west, south, east, north] }: Fence): number {
  const span = Math.max(mercatorX(east) - mercatorX(west), mercatorY(south) - mercatorY(north));
  return Math.min(LATEST_NAME_ZOOM, Math.log2(NAMED_FENCE_PX / (512 * span)));
}

export function trailFeatures(runs: readonly TrailRun[], palette: Palette, colouring: 'speed' | 'time'): Feature[] {
  const color = (level: number) => colouring === 'speed'
    ? palette.speed[level]! : mix(palette.time[0], palette.time[1], level / (timeClasses - 1));
  return runs.map(({ level, isGap, coordinates }) => ({
    type: 'Feature', geometry: { type: 'LineString', coordinates }, properties: { gap: isGap, color: color(level) },
  }));
}

export const stopFeatures = (episodes: readonly Episode[], dwell: (seconds: number) => string): Feature[] =>
  episodes.flatMap((episode): Feature[] => episode.kind !== 'stop' ? [] : [{
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [episode.stop.longitude, episode.stop.latitude] },
    properties: { number: String(episode.number), dwell: dwell((episode.endedAt - episode.beganAt) / 1000) },
  }]);

export const pointFeature = (coordinates: [number, number]): Feature => ({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties: {} });

export const countFeatures = (bins: readonly CountBin[]): Feature[] => bins.map(({ latitude, longitude, counts }) => {
  const n = counts.reduce((sum, value) => sum + value, 0);
  return {
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [longitude, latitude] },
    properties: { n, total: n < 1000 ? String(n) : `${(n / 1000).toFixed(n < 10_000 ? 1 : 0)}k`, ring: ringName(counts) },
  };
});

export const nameFeatures = (reps: readonly Rep[], selected: string | undefined): Feature[] => reps.map((rep) => ({
  type: 'Feature', geometry: { type: 'Point', coordinates: [rep.longitude, rep.latitude] }, properties: { name: rep.name, selected: rep.id === selected },
}));

