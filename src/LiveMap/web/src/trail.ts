// A day's trail: what is drawn and how it is coloured. Pure.
import type { DayDto, Gap, Stop, Trip } from './api.ts';

export interface TrailPoint {
  /** Epoch milliseconds. */
  at: number;
  latitude: number;
  longitude: number;
  speedMps: number;
}

/** A piece of the trail in one colour; `isGap` where nothing was recorded between its two points. */
export interface TrailRun {
  level: number;
  isGap: boolean;
  coordinates: [number, number][];
}

export type Episode =
  | { kind: 'trip'; beganAt: number; endedAt: number; trip: Trip }
  | { kind: 'stop'; beganAt: number; endedAt: number; stop: Stop; number: number }
  | { kind: 'gap'; beganAt: number; endedAt: number; gap: Gap };

/** Upper bounds of the speed classes in km/h; faster is the last class. */
export const speedClasses = [10, 30, 50, 90] as const;
/** Classes of a trail that is coloured by time. */
export const timeClasses = 12;
/** As the tracker has it: longer without fixes is a gap. */
const GAP_MS = 10 * 60_000;

export const speedLevel = (speedMps: number): number => {
  const kmh = Number.isNaN(speedMps) ? 0 : speedMps * 3.6;
  const level = speedClasses.findIndex((bound) => kmh < bound);
  return level < 0 ? speedClasses.length : level;
};

/** Cuts a trail into runs of one colour each; neighbours share a point, so that the line has no holes. */
export function trailRuns(points: readonly TrailPoint[], colouring: 'speed' | 'time'): TrailRun[] {
  const runs: TrailRun[] = [];
  const first = points[0]?.at ?? 0;
  const span = Math.max(1, (points.at(-1)?.at ?? 0) - first);
  let run: TrailRun | undefined;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1]!;
    const b = points[i]!;
    const isGap = b.at - a.at > GAP_MS;
    const level = colouring === 'speed' ? speedLevel(b.speedMps) : Math.min(timeClasses - 1, Math.floor(((b.at - first) / span) * timeClasses));
    if (!run || run.isGap !== isGap || (!isGap && run.level !== level)) {
      run = { level, isGap, coordinates: [[a.longitude, a.latitude]] };
      runs.push(run);
    }
    run.coordinates.push([b.longitude, b.latitude]);
  }
  return runs;
}

/** Where the rep was at an instant, between two fixes on the straight line; undefined outside of the trail. */
export function positionAt(points: readonly TrailPoint[], at: number): [number, number] | undefined {
  const last = points.at(-1);
  if (!last || at < points[0]!.at || at > last.at) return undefined;
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle]!.at <= at) low = middle;
    else high = middle;
  }
  const a = points[low]!;
  const b = points[high]!;
  const share = b.at === a.at ? 0 : (at - a.at) / (b.at - a.at);
  return [a.longitude + (b.longitude - a.longitude) * share, a.latitude + (b.latitude - a.latitude) * share];
}

/** Trips, stops and gaps of a day in order of time; stops are numbered. */
export function episodesOf(day: DayDto): Episode[] {
  const time = (text: string) => Date.parse(text);
  const episodes: Episode[] = [
    ...day.trips.map((trip): Episode => ({ kind: 'trip', beganAt: time(trip.beganAt), endedAt: time(trip.endedAt), trip })),
    ...day.stops.map((stop, i): Episode => ({ kind: 'stop', beganAt: time(stop.beganAt), endedAt: time(stop.endedAt), stop, number: i + 1 })),
    ...day.gaps.map((gap): Episode => ({ kind: 'gap', beganAt: time(gap.beganAt), endedAt: time(gap.endedAt), gap })),
  ];
  return episodes.sort((a, b) => a.beganAt - b.beganAt || a.endedAt - b.endedAt);
}
