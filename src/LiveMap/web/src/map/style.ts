// The basemap as a MapLibre style, drawn from the embedded world, another PMTiles file of the same layers, or raster tiles.
import type { LayerSpecification, SourceSpecification, StyleSpecification } from 'maplibre-gl';
import type { BasemapSource } from '../api.ts';
import type { Lang } from '../format.ts';
import { fontFaces, MEDIUM, REGULAR } from './fonts.ts';
import type { Palette } from './palette.ts';

const EMBEDDED = '/basemap/world.pmtiles';
const EMBEDDED_ATTRIBUTION = 'Natural Earth · © GeoNames CC BY 4.0';

/** The layer below which rep and fence layers of ours go, so that names of places stay readable on top of fences. */
export const FIRST_LABEL = 'state-name';

/** Builds the style. `absolute` makes URLs that the worker can fetch too. */
export function basemapStyle(palette: Palette, lang: Lang, basemap: BasemapSource | undefined): StyleSpecification {
  const absolute = (url: string) => new URL(url, location.href).href.replaceAll('%7B', '{').replaceAll('%7D', '}');
  const embedded: SourceSpecification = {
    type: 'vector',
    url: `pmtiles://${absolute(basemap?.kind === 'pmtiles' ? basemap.url : EMBEDDED)}`,
    attribution: basemap?.kind === 'pmtiles' ? basemap.attribution : EMBEDDED_ATTRIBUTION,
  };
  const sources: Record<string, SourceSpecification> = { world: embedded, graticule: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } } };
  const layers: LayerSpecification[] = [...grounds(palette), ...labels(palette, lang)];
  if (basemap?.kind === 'xyz') {
    sources['raster'] = { type: 'raster', tiles: [absolute(basemap.url)], tileSize: 256, attribution: basemap.attribution };
    // Raster tiles carry their own names; the world below shows while they load, or when they never come.
    layers.splice(grounds(palette).length, layers.length, { id: 'raster', type: 'raster', source: 'raster' }, anchorLayer);
  }
  return { version: 8, 'font-faces': fontFaces, sources, layers, transition: { duration: 150, delay: 0 } } as StyleSpecification;
}

const anchorLayer: LayerSpecification = { id: FIRST_LABEL, type: 'background', layout: { visibility: 'none' } };

function grounds(p: Palette): LayerSpecification[] {
  const world = { source: 'world' } as const;
  const width = (from: number, to: number) => ['interpolate', ['linear'], ['zoom'], 2, from, 12, to] as unknown as number;
  const round = { 'line-join': 'round', 'line-cap': 'round' } as const;
  return [
    { id: 'water', type: 'background', paint: { 'background-color': p.water } },
    { id: 'land', type: 'fill', ...world, 'source-layer': 'land', paint: { 'fill-color': p.land, 'fill-antialias': false } },
    { id: 'graticule', type: 'line', source: 'graticule', minzoom: 11, paint: { 'line-color': p.grid, 'line-width': 1 } },
    { id: 'lake', type: 'fill', ...world, 'source-layer': 'lake', paint: { 'fill-color': p.lake } },
    { id: 'river', type: 'line', ...world, 'source-layer': 'river', layout: round, paint: { 'line-color': p.river, 'line-width': width(0.5, 3) } },
    { id: 'coast', type: 'line', ...world, 'source-layer': 'coast', layout: round, paint: { 'line-color': p.coast, 'line-width': width(0.5, 1.2) } },
    {
      id: 'state', type: 'line', ...world, 'source-layer': 'state', minzoom: 3.5, layout: round,
      paint: { 'line-color': p.state, 'line-width': width(0.5, 1.4), 'line-dasharray': [3, 2] },
    },
    {
      id: 'minute-state', type: 'line', ...world, 'source-layer': 'minuteState', minzoom: 9, layout: round,
      paint: { 'line-color': p.state, 'line-width': width(0.5, 1.4), 'line-dasharray': [3, 2] },
    },
    { id: 'border', type: 'line', ...world, 'source-layer': 'border', layout: round, paint: { 'line-color': p.border, 'line-width': width(0.6, 1.8) } },
  ];
}

function labels(p: Palette, lang: Lang): LayerSpecification[] {
  const name = (lang === 'zh' ? ['coalesce', ['get', 'zh'], ['get', 'name']] : ['get', 'name']) as unknown as string;
  const ramp = (...stops: number[]) => ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as number;
  const text = (font: string, size: number, padding = 4) => ({ 'text-field': name, 'text-font': [font], 'text-size': size, 'text-padding': padding, 'text-max-width': 8 });
  const paint = (color: string) => ({ 'text-color': color, 'text-halo-color': p.halo, 'text-halo-width': 1.2, 'text-halo-blur': 0.4 });
  const world = { source: 'world', type: 'symbol' } as const;
  return [
    {
      id: FIRST_LABEL, ...world, 'source-layer': 'stateName', minzoom: 5, maxzoom: 9, filter: ['<=', ['get', 'zoom'], ['+', ['zoom'], 1]],
      layout: { ...text(REGULAR, ramp(5, 10, 9, 12), 12), ...(lang === 'en' && { 'text-letter-spacing': 0.04 }) }, paint: paint(p.stateName),
    },
    {
      id: 'district', ...world, 'source-layer': 'place', minzoom: 10.5, filter: ['==', ['get', 'district'], 1],
      layout: { ...text(REGULAR, ramp(10, 10.5, 14, 12.5), 10), 'symbol-sort-key': ['-', 0, ['get', 'pop']] }, paint: paint(p.town),
    },
    {
      id: 'place', ...world, 'source-layer': 'place', minzoom: 4,
      filter: ['all', ['==', ['get', 'district'], 0], ['>=', ['get', 'pop'], ['step', ['zoom'], 1_000_000, 5, 400_000, 6, 120_000, 7, 60_000, 8, 25_000, 9, 8_000, 10, 0]]],
      layout: {
        ...text(REGULAR, ['interpolate', ['linear'], ['zoom'], 4, ['case', ['>', ['get', 'pop'], 2e6], 11, 10], 11, ['case', ['>', ['get', 'pop'], 1e6], 18, ['>', ['get', 'pop'], 1e5], 14, 12]] as unknown as number),
        'symbol-sort-key': ['-', 0, ['get', 'pop']],
      },
      paint: paint(p.city),
    },
    {
      id: 'country', ...world, 'source-layer': 'countryName', maxzoom: 7,
      filter: ['>=', ['get', 'size'], ['step', ['zoom'], 90, 2, 40, 3, 8, 4, 1, 5, 0]],
      layout: {
        ...text(MEDIUM, ramp(1, 11, 5, 15), 6), 'symbol-sort-key': ['-', 0, ['get', 'size']],
        ...(lang === 'en' && { 'text-transform': 'uppercase', 'text-letter-spacing': 0.08 }),
      } as object,
      paint: paint(p.country),
    },
  ];
}
