// The geofences that the viewer may see.
import { computed, signal } from '@preact/signals';
import type { Feature, FeatureCollection, Geometry, MultiPolygon, Polygon, Position } from 'geojson';
import { ApiError, get } from './api.ts';
import { boundsOf, circleRing, EQUATOR_M, type Bounds } from './geo.ts';

export type Purpose = 'other' | 'customer' | 'office' | 'workArea' | 'forbidden' | 'home' | 'route';

export interface Fence {
  id: string;
  name: string;
  purpose: Purpose;
  /** As the server gave it: a circle is a point, a corridor a line. */
  geometry: Geometry;
  radiusM: number | undefined;
  widthM: number | undefined;
  dwellS: number | undefined;
  speedLimitMps: number | undefined;
  bounds: Bounds;
  /** Where its name stands. */
  anchor: Position;
}

interface FenceProperties {
  id?: string;
  name?: string;
  purpose?: Purpose;
  radiusM?: number;
  widthM?: number;
  dwellS?: number;
  speedLimitMps?: number;
}

const MAX_FENCES = 20_000;

export const fences = signal<readonly Fence[]>([]);
const fencesById = computed(() => new Map(fences.value.map((fence) => [fence.id, fence])));
export const fenceById = (id: string): Fence | undefined => fencesById.value.get(id);

/** Loads all geofences; an error leaves what was there. */
export async function loadFences(): Promise<void> {
  try {
    const features: Feature[] = [];
    let after: string | undefined;
    do {
      const cursor: string = after === undefined ? '' : `&after=${encodeURIComponent(after)}`;
      const page: FeatureCollection & { next?: string | null } = await get(`/v1/geofences?limit=1000${cursor}`);
      features.push(...page.features);
      after = page.next ?? undefined;
    } while (after !== undefined && features.length < MAX_FENCES);
    fences.value = features.map(toFence).filter((fence) => fence !== undefined);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

function toFence(feature: Feature): Fence | undefined {
  const properties = (feature.properties ?? {}) as FenceProperties;
  const id = properties.id ?? String(feature.id ?? '');
  const bounds = boundsOf(pointsOf(feature.geometry, properties.radiusM) as [number, number][]);
  if (!id || !bounds) return undefined;
  return {
    id,
    name: properties.name ?? id,
    purpose: properties.purpose ?? 'other',
    geometry: feature.geometry,
    radiusM: properties.radiusM,
    widthM: properties.widthM,
    dwellS: properties.dwellS,
    speedLimitMps: properties.speedLimitMps,
    bounds,
    anchor: anchorOf(feature.geometry, bounds),
  };
}

function pointsOf(geometry: Geometry, radiusM: number | undefined): Position[] {
  switch (geometry.type) {
    case 'Point': return radiusM ? circleRing(geometry.coordinates[1]!, geometry.coordinates[0]!, radiusM, 8) : [geometry.coordinates];
    case 'LineString': return geometry.coordinates;
    case 'Polygon': return geometry.coordinates.flat();
    case 'MultiPolygon': return geometry.coordinates.flat(2);
    default: return [];
  }
}

function anchorOf(geometry: Geometry, [west, south, east, north]: Bounds): Position {
  if (geometry.type === 'Point') return geometry.coordinates;
  if (geometry.type === 'LineString') return geometry.coordinates[geometry.coordinates.length >> 1]!;
  return [(west + east) / 2, (south + north) / 2];
}

/** The area to fill; a corridor has none, it is a broad line. */
export function areaOf(fence: Fence): Polygon | MultiPolygon | undefined {
  const { geometry, radiusM } = fence;
  if (geometry.type === 'Polygon' || geometry.type === 'MultiPolygon') return geometry;
  if (geometry.type !== 'Point' || !radiusM) return undefined;
  return { type: 'Polygon', coordinates: [circleRing(geometry.coordinates[1]!, geometry.coordinates[0]!, radiusM)] };
}

/** Pixels that the corridor is wide at zoom 0, on tiles of 512. */
export function widthAtZoom0(fence: Fence): number {
  const latitude = (fence.bounds[1] + fence.bounds[3]) / 2;
  return ((fence.widthM ?? 0) * 512) / (EQUATOR_M * Math.cos((latitude * Math.PI) / 180));
}
