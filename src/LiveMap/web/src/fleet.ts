// All reps that the viewer may see: loaded as a list, kept fresh by live frames.
import { batch, signal } from '@preact/signals';
import { ApiError, getAll, type Motion, type RepDto, type Status } from './api.ts';
import type { Frame, RowsBlock } from './frames.ts';
import { mercatorX, mercatorY, type Bounds } from './geo.ts';

export const statuses: readonly Status[] = ['live', 'stale', 'lost', 'offDuty'];
const motions: readonly Motion[] = ['unknown', 'moving', 'stopped'];
/** At or above this score a rep counts as suspected, as in the tracker's default. */
const MOCK_THRESHOLD = 0.7;
const MAX_REPS = 100_000;
/** Longer jumps are drawn at once instead of gliding. */
const MAX_GLIDE = 2e-5;

export interface Rep {
  readonly id: string;
  name: string;
  group: string;
  timeZone: string | undefined;
  status: Status;
  motion: Motion;
  mock: boolean;
  mockScore: number;
  hasPosition: boolean;
  latitude: number;
  longitude: number;
  /** Web Mercator, 0 to 1; the glide comes from `fromX`, `fromY` and began at `movedAt` (performance.now). */
  x: number;
  y: number;
  fromX: number;
  fromY: number;
  movedAt: number;
  accuracyM: number;
  speedMps: number;
  courseDeg: number;
  batteryPct: number;
  /** Epoch milliseconds; NaN: never. */
  fixedAt: number;
  inside: readonly string[];
  /** Taken off the map: known to be elsewhere, not where last seen. */
  hidden: boolean;
}

export interface CountBin {
  latitude: number;
  longitude: number;
  counts: readonly [number, number, number, number];
}

export type LoadState = 'loading' | 'ready' | 'failed';

const byId = new Map<string, Rep>();
const byKey = new Map<number, Rep>();
const bins = new Map<string, CountBin[]>();

/** Grows when anything about a rep that a list shows has changed; at most twice a second. */
export const fleetVersion = signal(0);
/** Grows when reps come, go or change their names: what a sorted list hangs on. */
export const rosterVersion = signal(0);
export const fleetState = signal<LoadState>('loading');
/** Whether the newest frame brought counts instead of reps. */
export const showsCounts = signal(false);

const mapListeners = new Set<() => void>();
/** Calls back after every change that the map shows. */
export function onFleetMoved(listener: () => void): () => void {
  mapListeners.add(listener);
  return () => mapListeners.delete(listener);
}

export const repById = (id: string): Rep | undefined => byId.get(id);
export const allReps = (): Iterable<Rep> => byId.values();
export const repCount = (): number => byId.size;
export const countBins = (): CountBin[] => [...bins.values()].flat();

let isRosterChanged = false;
let announceTimer: ReturnType<typeof setTimeout> | undefined;
function announce(): void {
  for (const listener of mapListeners) listener();
  announceTimer ??= setTimeout(() => {
    announceTimer = undefined;
    batch(() => {
      if (isRosterChanged) rosterVersion.value++;
      fleetVersion.value++;
    });
    isRosterChanged = false;
  }, 500);
}

/** Loads the whole list anew. */
export async function loadFleet(): Promise<void> {
  try {
    const dtos = await getAll<RepDto>('/v1/reps?limit=5000', 'reps', MAX_REPS);
    const seen = new Set<string>();
    for (const dto of dtos) {
      seen.add(dto.id);
      applyDto(dto);
    }
    for (const id of byId.keys()) if (!seen.has(id)) isRosterChanged = byId.delete(id);
    for (const [key, rep] of byKey) if (!byId.has(rep.id)) byKey.delete(key);
    batch(() => {
      fleetState.value = 'ready';
      rosterVersion.value++;
      fleetVersion.value++;
    });
    announce();
  } catch (error) {
    // A list that was loaded once stays: old positions tell more than an error page.
    if (fleetState.value === 'loading') fleetState.value = 'failed';
    if (!(error instanceof ApiError)) throw error;
  }
}

/** How long to wait between loads, in milliseconds: what lies outside the viewport is known from the list alone. */
export const loadInterval = (): number => Math.max(15_000, byId.size * 3);

function repOf(id: string): Rep {
  let rep = byId.get(id);
  if (!rep) {
    rep = {
      id, name: id, group: '', timeZone: undefined, status: 'live', motion: 'unknown', mock: false, mockScore: 0, hasPosition: false,
      latitude: 0, longitude: 0, x: 0, y: 0, fromX: 0, fromY: 0, movedAt: -Infinity, accuracyM: NaN, speedMps: NaN, courseDeg: NaN,
      batteryPct: NaN, fixedAt: NaN, inside: [], hidden: false,
    };
    byId.set(id, rep);
    isRosterChanged = true;
  }
  return rep;
}

function named({ id, name, group }: { id: string; name: string; group: string }): Rep {
  const rep = repOf(id);
  isRosterChanged ||= rep.name !== (name || id) || rep.group !== group;
  rep.name = name || id;
  rep.group = group;
  return rep;
}

function applyDto(dto: RepDto): void {
  const rep = named(dto);
  if (dto.key !== undefined) byKey.set(dto.key, rep);
  rep.timeZone = dto.timeZone ?? undefined;
  rep.status = dto.status;
  rep.motion = dto.motion;
  rep.mockScore = dto.mockScore ?? 0;
  rep.mock = rep.mockScore >= MOCK_THRESHOLD;
  rep.batteryPct = dto.batteryPct ?? NaN;
  rep.inside = dto.insideGeofences ?? [];
  const position = dto.position;
  if (!position) {
    if (dto.status === 'offDuty') offDuty(rep);
    return;
  }
  const fixedAt = Date.parse(position.fixedAt);
  // Frames overtake lists.
  if (rep.hasPosition && !(fixedAt > rep.fixedAt)) return;
  place(rep, position.latitude, position.longitude);
  rep.fixedAt = fixedAt;
  rep.accuracyM = position.accuracyM ?? NaN;
  rep.speedMps = position.speedMps ?? NaN;
  rep.courseDeg = position.courseDeg ?? NaN;
}

/** Off duty nobody sees where a rep is, nor was. */
function offDuty(rep: Rep): void {
  Object.assign(rep, { status: 'offDuty', motion: 'unknown', hasPosition: false, fixedAt: NaN, batteryPct: NaN, speedMps: NaN, courseDeg: NaN, accuracyM: NaN, inside: [] });
}

function place(rep: Rep, latitude: number, longitude: number): void {
  const x = mercatorX(longitude);
  const y = mercatorY(latitude);
  const glides = rep.hasPosition && !rep.hidden && Math.hypot(x - rep.x, y - rep.y) < MAX_GLIDE;
  if (!glides || x !== rep.x || y !== rep.y) {
    rep.fromX = glides ? rep.x : x;
    rep.fromY = glides ? rep.y : y;
    rep.movedAt = glides ? performance.now() : -Infinity;
  }
  Object.assign(rep, { latitude, longitude, x, y, hasPosition: true, hidden: false });
}

export interface RepsChange {
  reps?: { key: number; id: string; name: string; group: string; status?: Status }[];
  gone?: number[];
}

/** Learns who the keys of the frames are. */
export function applyReps(change: RepsChange): void {
  for (const known of change.reps ?? []) {
    const rep = named(known);
    byKey.set(known.key, rep);
    if (known.status === 'offDuty') offDuty(rep);
  }
  for (const key of change.gone ?? []) {
    const rep = byKey.get(key);
    if (rep) isRosterChanged = byId.delete(rep.id);
    byKey.delete(key);
  }
  announce();
}

/** Applies a live frame; `watched` is what the viewer had asked for. */
export function applyFrame(frame: Frame, watched: Bounds | undefined): void {
  if (frame.kind === 'snapshot' || frame.kind === 'countsSnapshot') bins.clear();
  if (frame.kind === 'snapshot' && watched) hideWithin(watched);
  showsCounts.value = frame.kind === 'countsSnapshot' || frame.kind === 'counts';
  for (const block of frame.blocks) {
    if (block.type === 'rows') applyRows(block);
    else if (block.type === 'gone') for (const key of block.key) hide(key);
    else bins.set(block.cell, block.counts.map((counts, i) => ({ latitude: block.latitude[i]!, longitude: block.longitude[i]!, counts })));
  }
  announce();
}

/** A snapshot names everybody within the bounds; whoever was seen there and is not named has moved elsewhere. */
function hideWithin([west, south, east, north]: Bounds): void {
  for (const rep of byKey.values()) {
    const between = west <= east ? rep.longitude >= west && rep.longitude <= east : rep.longitude >= west || rep.longitude <= east;
    if (between && rep.latitude >= south && rep.latitude <= north) rep.hidden = true;
  }
}

function hide(key: number): void {
  const rep = byKey.get(key);
  if (rep) rep.hidden = true;
}

function applyRows(rows: RowsBlock): void {
  for (let i = 0; i < rows.key.length; i++) {
    const rep = byKey.get(rows.key[i]!);
    if (!rep) continue;
    rep.status = statuses[rows.status[i]!]!;
    rep.motion = motions[rows.motion[i]!] ?? 'unknown';
    rep.mock = rows.mock[i]!;
    rep.batteryPct = rows.batteryPct[i]!;
    // A snapshot after a hide must not glide: hidden reps are placed at once.
    place(rep, rows.latitude[i]!, rows.longitude[i]!);
    rep.fixedAt = rows.fixedAt[i]!;
    rep.speedMps = rows.speedMps[i]!;
    rep.courseDeg = rows.courseDeg[i]!;
    rep.accuracyM = rows.accuracyM[i]!;
  }
}
