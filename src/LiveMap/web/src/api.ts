// The reading API of the server, typed, and what can go wrong with it.

export interface RepPosition {
  fixedAt: string;
  latitude: number;
  longitude: number;
  accuracyM?: number;
  speedMps?: number;
  courseDeg?: number;
}

export type Status = 'live' | 'stale' | 'lost' | 'offDuty';
export type Motion = 'unknown' | 'moving' | 'stopped';

export interface RepDto {
  id: string;
  key?: number;
  name: string;
  group: string;
  status: Status;
  motion: Motion;
  position?: RepPosition | null;
  heardAt?: string | null;
  batteryPct?: number | null;
  mockScore?: number | null;
  insideGeofences?: string[] | null;
  timeZone?: string | null;
}

export interface TrackFix {
  fixedAt: string;
  latitude: number;
  longitude: number;
  speedMps?: number;
  outcome: string;
}

export interface LatLon {
  latitude: number;
  longitude: number;
}

export interface Trip {
  beganAt: string;
  endedAt: string;
  distanceM: number;
  maxSpeedMps?: number;
  from: LatLon;
  to: LatLon;
}

export interface Stop extends LatLon {
  beganAt: string;
  endedAt: string;
  geofenceIds?: string[];
}

export interface Gap {
  beganAt: string;
  endedAt: string;
  reason: string;
}

export interface VisitDto {
  customerId: string;
  beganAt: string;
  endedAt: string;
  dwellS: number;
  verdict: 'verified' | 'doubted' | 'tooShort';
  planned: boolean;
}

export interface DayDto {
  rawM: number;
  acceptedM: number;
  inferredM: number;
  movingS: number;
  stoppedS: number;
  trips: Trip[];
  stops: Stop[];
  gaps: Gap[];
  visits?: VisitDto[];
  alerts?: Alert[];
  rejected?: { outcome: string; count: number }[];
}

export type Severity = 'info' | 'warning' | 'critical';

export interface Evidence {
  kind: string;
  weight?: number;
  text?: string | { en: string; zh: string };
}

export interface Alert {
  id: string;
  cursor: number | string;
  kind: string;
  severity: Severity;
  repId: string;
  at: string;
  late?: boolean;
  geofenceId?: string | null;
  position?: LatLon | null;
  text: { en: string; zh: string };
  data?: { score?: number; reason?: string; evidence?: Evidence[] };
}

export interface BasemapSource {
  name: string;
  kind: 'xyz' | 'pmtiles';
  url: string;
  attribution: string;
}

export interface Config {
  version?: string;
  language?: 'en' | 'zh';
  /** Sources besides the embedded world map. */
  basemaps?: BasemapSource[];
  initialView?: { latitude: number; longitude: number; zoom: number } | null;
}

/** An answer that is no success; `status` 0: no answer at all. */
export class ApiError extends Error {
  constructor(readonly status: number, message: string) {
    super(message);
  }
}

/** Told when the server does not know us (any more). */
export const onSignedOut: { handler: () => void } = { handler: () => {} };

/** Reads JSON; throws an {@link ApiError}. */
export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, signal);
  if (response.ok) return (await response.json()) as T;
  if (response.status === 401) onSignedOut.handler();
  throw new ApiError(response.status, await problem(response));
}

async function request(path: string, signal?: AbortSignal): Promise<Response> {
  try {
    return await fetch(path, { headers: { accept: 'application/json' }, ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, String(error));
  }
}

async function problem(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { detail?: string; title?: string };
    return body.detail ?? body.title ?? response.statusText;
  } catch {
    return response.statusText;
  }
}

/** Follows `next` through all pages of a list, at most `limit` items. */
export async function getAll<T>(path: string, field: string, limit: number, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const separator = path.includes('?') ? '&' : '?';
    const cursor = after === undefined ? '' : `${separator}after=${encodeURIComponent(after)}`;
    const page = await get<Record<string, unknown>>(path + cursor, signal);
    items.push(...((page[field] as T[] | undefined) ?? []));
    const next = page['next'];
    after = next === null || next === undefined || String(next) === after ? undefined : String(next);
  } while (after !== undefined && items.length < limit);
  return items;
}

/** Trades a token for a session cookie; whether the server took it. */
export async function signIn(token: string): Promise<boolean> {
  const response = await send('POST', '/v1/session', { token });
  if (response.ok) return true;
  if (response.status === 401 || response.status === 422) return false;
  throw new ApiError(response.status, await problem(response));
}

/** Ends the session. */
export async function signOut(): Promise<void> {
  await send('DELETE', '/v1/session');
}

async function send(method: string, path: string, body?: object): Promise<Response> {
  try {
    return await fetch(path, { method, ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }) });
  } catch (error) {
    throw new ApiError(0, String(error));
  }
}
