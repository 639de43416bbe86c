import assert from 'node:assert/strict';
import { test } from 'node:test';
import { episodesOf, positionAt, speedLevel, trailRuns, type TrailPoint } from '../src/trail.ts';
import { formatHash, parseHash } from '../src/url.ts';
import { circleRing, distanceM } from '../src/geo.ts';
import { mergeBins } from '../src/map/bubbles.ts';
import { usefulBounds } from '../src/map/groups.ts';

const points = (...fixes: [number, number, number][]): TrailPoint[] =>
  fixes.map(([minute, longitude, kmh]) => ({ at: minute * 60_000, latitude: 48, longitude, speedMps: kmh / 3.6 }));

test('a trail is cut where its colour changes, and neighbours share a point', () => {
  const runs = trailRuns(points([0, 16, 5], [1, 16.1, 5], [2, 16.2, 40], [3, 16.3, 40]), 'speed');
  assert.deepEqual(runs.map(({ level, coordinates }) => [level, coordinates.map(([longitude]) => longitude)]), [[0, [16, 16.1]], [2, [16.1, 16.2, 16.3]]]);
});

test('more than ten minutes without fixes are a gap, not a line of any speed', () => {
  const runs = trailRuns(points([0, 16, 50], [11, 16.1, 50], [12, 16.2, 50]), 'time');
  assert.deepEqual(runs.map((run) => run.isGap), [true, false]);
});

test('no point and one point make no run', () => {
  assert.deepEqual([trailRuns([], 'speed'), trailRuns(points([0, 16, 5]), 'time')], [[], []]);
});

test('speed classes, unknown being the slowest', () => {
  assert.deepEqual([NaN, 0, 9.9, 10, 49, 90, 300].map((kmh) => speedLevel(kmh / 3.6 + 1e-9)), [0, 0, 0, 1, 2, 4, 4]);
});

test('the place at an instant lies on the line between two fixes', () => {
  const trail = points([0, 16, 5], [10, 17, 5], [20, 17, 5]);
  assert.deepEqual(positionAt(trail, 5 * 60_000), [16.5, 48]);
  assert.deepEqual([positionAt(trail, -1), positionAt(trail, 21 * 60_000), positionAt([], 0)], [undefined, undefined, undefined]);
});

test('trips, stops and gaps stand in order of time', () => {
  const span = (from: number, to: number) => ({ beganAt: new Date(from).toISOString(), endedAt: new Date(to).toISOString() });
  const here = { latitude: 48, longitude: 16 };
  const day = {
    rawM: 0, acceptedM: 0, inferredM: 0, movingS: 0, stoppedS: 0, trips: [{ ...span(2000, 3000), distanceM: 1, from: here, to: here }],
    stops: [{ ...span(0, 1000), ...here }, { ...span(3000, 4000), ...here }], gaps: [{ ...span(1000, 2000), reason: 'unknown' }],
  };
  assert.deepEqual(episodesOf(day).map((episode) => episode.kind), ['stop', 'gap', 'trip', 'stop']);
});

test('an address comes back as it was written', () => {
  const address = { place: { zoom: 12.5, latitude: 48.2085, longitude: 16.3721 }, rep: 'r 17/ä&?', day: '2026-11-22' };
  assert.deepEqual(parseHash(formatHash(address)), address);
  assert.deepEqual(parseHash(formatHash({ fence: 'f1' })), { fence: 'f1' });
});

test('an address that makes no sense is left out', () => {
  for (const hash of ['', '#', '#x/y/z', '#12/99/16', '#12/48', '#?day=yesterday', '#1/2/3/4']) assert.deepEqual(parseHash(hash), {}, hash);
});

test('a circle is as wide as it says, on the equator and far north', () => {
  for (const latitude of [0, 48, -80]) {
    for (const [lon, lat] of circleRing(latitude, 16, 5000)) assert.ok(Math.abs(distanceM(latitude, 16, lat, lon) - 5000) < 1);
  }
});

test('the first view is where most of the reps are, when they are far apart', () => {
  const vienna: [number, number][] = [[16.3, 48.2], [16.4, 48.3], [16.5, 48.1]];
  assert.deepEqual(usefulBounds(vienna), [16.3, 48.1, 16.5, 48.3]);
  assert.deepEqual(usefulBounds([[114, 22.5], ...vienna]), [16.3, 48.1, 16.5, 48.3]);
  assert.equal(usefulBounds([]), undefined);
});

test('bubbles that overlap are merged, with all their reps', () => {
  const bin = (longitude: number, n: number) => ({ latitude: 48, longitude, counts: [n, 0, 1, 0] as const });
  const merged = mergeBins([bin(16, 5), bin(16.1, 50), bin(30, 2)], 4);
  assert.deepEqual(merged.map(({ counts }) => counts), [[55, 0, 2, 0], [2, 0, 1, 0]]);
});
