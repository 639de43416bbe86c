// The day of the selected rep: its report, its trail, and how both are loaded and kept fresh.
import { batch, computed, effect, signal } from '@preact/signals';
import { ApiError, get, getAll, type DayDto, type TrackFix } from './api.ts';
import { fleetVersion, onFleetMoved, repById, type LoadState } from './fleet.ts';
import { addDays, dayBegin, dayOf } from './format.ts';
import { selection } from './state.ts';
import { stored, store } from './storage.ts';
import { episodesOf, type TrailPoint } from './trail.ts';

const REFRESH_MS = 30_000;
const MAX_TRACK = 100_000;

/** The chosen day `yyyy-MM-dd`; undefined: today. */
export const day = signal<string | undefined>(undefined);
export const report = signal<DayDto | undefined>(undefined);
export const reportState = signal<LoadState>('loading');
export const trail = signal<readonly TrailPoint[]>([]);
export const colouring = signal<'speed' | 'time'>(stored('colouring') === 'time' ? 'time' : 'speed');
/** The instant that the pointer is at on the day's strip. */
export const playhead = signal<number | undefined>(undefined);

effect(() => store('colouring', colouring.value));

export const episodes = computed(() => (report.value ? episodesOf(report.value) : []));
export const selectedRepId = computed(() => (selection.value?.kind === 'rep' ? selection.value.id : undefined));

const zoneOf = (id: string | undefined) => (id === undefined ? undefined : repById(id)?.timeZone);
/** The zone in which the selected rep's times are written; undefined: the browser's. */
export const selectedZone = computed(() => {
  void fleetVersion.value;
  return zoneOf(selectedRepId.value);
});
export const today = (): string => dayOf(Date.now(), zoneOf(selectedRepId.peek()));
export const shownDay = (): string => day.value ?? today();

/** Goes to another day; today and later is today. */
export function showDay(next: string): void {
  day.value = next >= today() ? undefined : next;
}

let request: AbortController | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

effect(() => {
  const id = selectedRepId.value;
  void day.value;
  void selectedZone.value;
  clearTimeout(timer);
  request?.abort();
  batch(() => {
    report.value = undefined;
    trail.value = [];
    playhead.value = undefined;
    reportState.value = 'loading';
  });
  if (id !== undefined) void load(id);
});

/** Loads the day again. */
export function reloadDay(): void {
  const id = selectedRepId.value;
  if (id !== undefined) void load(id);
}

async function load(id: string): Promise<void> {
  clearTimeout(timer);
  request?.abort();
  const mine = (request = new AbortController());
  const zone = selectedZone.peek();
  const date = day.peek() ?? today();
  const path = `/v1/reps/${encodeURIComponent(id)}`;
  const from = new Date(dayBegin(date, zone)).toISOString();
  const to = new Date(dayBegin(addDays(date, 1), zone)).toISOString();
  try {
    const [nextReport, fixes] = await Promise.all([
      get<DayDto>(`${path}/days/${date}`, mine.signal),
      getAll<TrackFix>(`${path}/track?format=json&from=${from}&to=${to}&limit=5000`, 'fixes', MAX_TRACK, mine.signal),
    ]);
    if (mine.signal.aborted) return;
    batch(() => {
      report.value = nextReport;
      trail.value = toTrail(fixes);
      reportState.value = 'ready';
    });
  } catch (error) {
    if (mine.signal.aborted) return;
    if (!report.peek()) reportState.value = 'failed';
    if (!(error instanceof ApiError)) throw error;
  }
  if (day.peek() === undefined) timer = setTimeout(() => void load(id), REFRESH_MS);
}

function toTrail(fixes: readonly TrackFix[]): TrailPoint[] {
  return fixes
    .filter((fix) => fix.outcome === 'accepted' || fix.outcome === 'late')
    .map((fix) => ({ at: Date.parse(fix.fixedAt), latitude: fix.latitude, longitude: fix.longitude, speedMps: fix.speedMps ?? NaN }));
}

// Today's trail grows with the live position instead of waiting for the next load.
onFleetMoved(() => {
  const id = selectedRepId.peek();
  if (id === undefined || day.peek() !== undefined || reportState.peek() !== 'ready') return;
  const rep = repById(id);
  const last = trail.peek().at(-1);
  if (!rep?.hasPosition || rep.hidden || rep.mock || (last && !(rep.fixedAt > last.at))) return;
  trail.value = [...trail.peek(), { at: rep.fixedAt, latitude: rep.latitude, longitude: rep.longitude, speedMps: rep.speedMps }];
});
