// The map: made once, then told what to show by the signals of the page.
import { batch, effect, signal } from '@preact/signals';
import { addProtocol, AttributionControl, Map as MapLibre, ScaleControl, setWorkerUrl, type MapMouseEvent } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { Protocol } from 'pmtiles';
import type { BasemapSource } from '../api.ts';
import { colouring, episodes, playhead, trail } from '../day.ts';
import { fences } from '../fences.ts';
import { allReps, countBins, fleetVersion, onFleetMoved, repById, type Rep } from '../fleet.ts';
import { duration } from '../format.ts';
import { boundsOf, type Bounds } from '../geo.ts';
import { lang } from '../i18n/index.ts';
import { watch } from '../live.ts';
import { deselect, following, isDark, isPhone, passes, selection, selectFence, selectRep, showFences, showNames, statusFilter } from '../state.ts';
import { positionAt, trailRuns } from '../trail.ts';
import type { Place } from '../url.ts';
import { mergeBins } from './bubbles.ts';
import { usefulBounds } from './groups.ts';
import { graticule } from './graticule.ts';
import { provideImages } from './images.ts';
import { addOverlays, chooseFence, countFeatures, fenceFeatures, fenceNameFeatures, nameFeatures, pointFeature, setData, stopFeatures, trailFeatures } from './overlays.ts';
import { dark, light, type Palette } from './palette.ts';
import { COUNTS_ZOOM, RepLayer, repAt } from './rep-layer.ts';
import { basemapStyle } from './style.ts';

const NAMES_ZOOM = 13;
const MAX_NAMES = 400;
/** What is watched beyond the edge of the view, as a share of its size: panning finds reps there already. */
const WATCH_PAD = 0.15;

export const place = signal<Place | undefined>(undefined);
export const hovered = signal<{ rep: Rep; x: number; y: number } | undefined>(undefined);
export const mapFailed = signal(false);
/** What the server offers besides the embedded world, and what is drawn of it; undefined: the embedded world. */
export const basemaps = signal<readonly BasemapSource[]>([]);
export const basemap = signal<BasemapSource | undefined>(undefined);

/** Goes on to the next basemap, the embedded one being the last. */
export function nextBasemap(): void {
  const index = basemap.value ? basemaps.value.indexOf(basemap.value) + 1 : 0;
  basemap.value = basemaps.value[index];
}

const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');
const palette = (): Palette => (isDark.value ? dark : light);
const selectedRep = () => (selection.value?.kind === 'rep' ? selection.value.id : undefined);
const selectedFence = () => (selection.value?.kind === 'fence' ? selection.value.id : undefined);

let map: MapLibre | undefined;
let repLayer: RepLayer | undefined;
/** Grows when a new style is ready to take layers. */
const styled = signal(0);

setWorkerUrl(workerUrl);
addProtocol('pmtiles', new Protocol().tile);

/** Makes the map; returns what takes it down. */
export function mountMap(container: HTMLElement, start: Place | undefined): () => void {
  try {
    map = new MapLibre({
      container,
      style: basemapStyle(palette(), lang.value, basemap.value),
      center: start ? [start.longitude, start.latitude] : [12, 30],
      zoom: start?.zoom ?? 1.6,
      minZoom: 1,
      maxZoom: 18,
      maxPitch: 0,
      dragRotate: false,
      attributionControl: false,
      fadeDuration: 150,
      localIdeographFontFamily: '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif',
    });
  } catch {
    mapFailed.value = true;
    return () => {};
  }
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
  map.addControl(new ScaleControl({ maxWidth: 96, unit: 'metric' }), 'bottom-left');
  provideImages(map, palette);
  listen(map);
  const stops = [...styleEffects(map), ...contentEffects(map)];
  return () => {
    for (const stop of stops) stop();
    map?.remove();
    map = undefined;
  };
}

function styleEffects(map: MapLibre): (() => void)[] {
  map.on('style.load', () => {
    repLayer = new RepLayer(
      { selected: undefined, hovered: undefined, passes: (rep) => passes(rep, statusFilter.value), reducedMotion: reducedMotion.matches },
      palette(),
    );
    addOverlays(map, palette(), () => map.addLayer(repLayer!));
    styled.value++;
  });
  let isFirst = true;
  return [
    effect(() => {
      const style = basemapStyle(palette(), lang.value, basemap.value);
      if (!isFirst) map.setStyle(style, { diff: false });
      isFirst = false;
    }),
  ];
}

/** Runs again whenever a signal that it reads changes, or the style is new. */
const whenStyled = (run: () => void) => effect(() => {
  if (styled.value > 0) run();
});

function contentEffects(map: MapLibre): (() => void)[] {
  return [
    whenStyled(() => setData(map, 'fences', showFences.value ? fenceFeatures(fences.value) : [])),
    whenStyled(() => chooseFence(map, selectedFence())),
    whenStyled(() => setData(map, 'fence-names', showFences.value ? fenceNameFeatures(fences.value) : [])),
    whenStyled(() => setData(map, 'trail', trailFeatures(trailRuns(trail.value, colouring.value), palette(), colouring.value))),
    whenStyled(() => setData(map, 'trail-stops', stopFeatures(episodes.value, (seconds) => duration(seconds, lang.value)))),
    whenStyled(() => {
      const at = playhead.value === undefined ? undefined : positionAt(trail.value, playhead.value);
      setData(map, 'playhead', at ? [pointFeature(at)] : []);
    }),
    whenStyled(() => {
      void statusFilter.value;
      if (!repLayer) return;
      Object.assign(repLayer.look, { selected: selectedRep(), hovered: hovered.value?.rep.id });
      repLayer.refresh();
    }),
    whenStyled(() => {
      void showNames.value;
      void selection.value;
      void fleetVersion.value;
      void place.value;
      drawNames(map);
    }),
    onFleetMoved(() => {
      repLayer?.refresh();
      if (styled.peek() > 0) setData(map, 'counts', map.getZoom() < COUNTS_ZOOM ? countFeatures(mergeBins(countBins(), map.getZoom())) : []);
      if (following.peek()) follow();
    }),
    effect(() => {
      if (following.value) follow();
    }),
  ];
}

function drawNames(map: MapLibre): void {
  const isNear = map.getZoom() >= NAMES_ZOOM && showNames.value;
  const bounds = map.getBounds();
  const shown: Rep[] = [];
  const selected = selectedRep();
  for (const rep of allReps()) {
    if (!rep.hasPosition || rep.hidden) continue;
    const wanted = rep.id === selected ? map.getZoom() >= COUNTS_ZOOM : isNear && bounds.contains([rep.longitude, rep.latitude]);
    if (wanted && (shown.length < MAX_NAMES || rep.id === selected)) shown.push(rep);
  }
  setData(map, 'names', nameFeatures(shown, selected));
}

function listen(map: MapLibre): void {
  const moved = () => {
    const center = map.getCenter();
    batch(() => (place.value = { zoom: map.getZoom(), latitude: center.lat, longitude: center.wrap().lng }));
    watchView(map);
    if (map.getZoom() >= COUNTS_ZOOM) setData(map, 'counts', []);
    setData(map, 'graticule', graticule(map.getBounds(), map.getZoom()));
  };
  map.on('load', () => {
    // On a small screen the attribution waits behind its button.
    if (isPhone.value) map.getContainer().querySelector('.maplibregl-compact-show')?.classList.remove('maplibregl-compact-show');
    moved();
  });
  map.on('moveend', moved);
  map.on('dragstart', () => (following.value = false));
  map.on('click', (event) => click(map, event));
  map.on('mousemove', (event) => hover(map, event));
  map.on('mouseout', () => (hovered.value = undefined));
  map.on('movestart', () => (hovered.value = undefined));
}

function watchView(map: MapLibre): void {
  const bounds = map.getBounds();
  const [west, south, east, north] = [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()];
  const padX = (east - west) * WATCH_PAD;
  const padY = (north - south) * WATCH_PAD;
  const latitude = (value: number) => Math.max(-90, Math.min(90, value));
  const longitude = (value: number) => ((((value + 180) % 360) + 360) % 360) - 180;
  const isWholeWorld = east - west + 2 * padX >= 360;
  const padded: Bounds = isWholeWorld
    ? [-180, latitude(south - padY), 180, latitude(north + padY)]
    : [longitude(west - padX), latitude(south - padY), longitude(east + padX), latitude(north + padY)];
  watch({ bounds: padded, zoom: map.getZoom() });
}

function click(map: MapLibre, event: MapMouseEvent): void {
  const rep = repAt(map, event.lngLat.wrap().lng, event.lngLat.lat, isPhone.value ? 14 : 4);
  if (rep) return selectRep(rep.id);
  const [bubble] = map.queryRenderedFeatures(event.point, { layers: ['count-ring'] });
  if (bubble && bubble.geometry.type === 'Point') {
    map.easeTo({ center: bubble.geometry.coordinates as [number, number], zoom: Math.min(map.getZoom() + 2.5, COUNTS_ZOOM + 2) });
    return;
  }
  const [fence] = map.queryRenderedFeatures(event.point, { layers: ['fence-name', 'fence-fill', 'fence-corridor'] });
  const id = fence?.properties['id'] as string | undefined;
  if (id) selectFence(id);
  else deselect();
}

function hover(map: MapLibre, event: MapMouseEvent): void {
  if (map.isMoving()) return;
  const rep = repAt(map, event.lngLat.wrap().lng, event.lngLat.lat, 3);
  const isPointer = rep !== undefined || map.queryRenderedFeatures(event.point, { layers: ['count-ring'] }).length > 0;
  map.getCanvas().style.cursor = isPointer ? 'pointer' : '';
  if (rep?.id !== hovered.value?.rep.id || rep) hovered.value = rep && { rep, x: event.point.x, y: event.point.y };
}

function follow(): void {
  const rep = repById(selectedRep() ?? '');
  if (!map || !rep?.hasPosition || map.isMoving()) return;
  const center: [number, number] = [rep.longitude, rep.latitude];
  const point = map.project(center);
  const middle = map.project(map.getCenter());
  const isNear = Math.hypot(point.x - middle.x, point.y - middle.y) < 2 && map.getZoom() >= 12;
  if (!isNear) map.easeTo({ center, zoom: Math.max(map.getZoom(), 13), duration: reducedMotion.matches ? 0 : 900 });
}

/** Brings a point into view, near enough to see what is there. */
export function flyTo(longitude: number, latitude: number, zoom = 14): void {
  if (!map) return;
  const target = Math.max(map.getZoom(), zoom);
  if (reducedMotion.matches) map.jumpTo({ center: [longitude, latitude], zoom: target });
  else map.flyTo({ center: [longitude, latitude], zoom: target, speed: 1.8, maxDuration: 1800, padding: padding() });
}

export function fitBounds(bounds: Bounds, maxZoom = 15): void {
  const inset = padding();
  const extra = { top: inset.top + 48, bottom: inset.bottom + 48, left: 48, right: 48 };
  map?.fitBounds(bounds, { padding: extra, maxZoom, duration: reducedMotion.matches ? 0 : 900 });
}

/** On a phone the sheet covers the lower half. */
const padding = () => ({ top: 0, left: 0, right: 0, bottom: isPhone.peek() ? window.innerHeight * 0.42 : 0 });

/** Shows everybody who has a position, or at first only where most of them are. */
export function fitFleet(isFirst = false): void {
  const points: [number, number][] = [];
  for (const rep of allReps()) if (rep.hasPosition) points.push([rep.longitude, rep.latitude]);
  const bounds = isFirst ? usefulBounds(points) : boundsOf(points);
  if (bounds) fitBounds(bounds, 13);
}

/** Shows the whole trail of the day. */
export function fitTrail(): void {
  const bounds = boundsOf(trail.value.map((point): [number, number] => [point.longitude, point.latitude]));
  if (bounds) fitBounds(bounds);
}

export const zoomBy = (levels: number): void => void map?.easeTo({ zoom: map.getZoom() + levels, duration: 200 });
export const resizeMap = (): void => void map?.resize();
