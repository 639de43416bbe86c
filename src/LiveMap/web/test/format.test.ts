import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addDays, ago, clock, compass, dayBegin, dayName, dayOf, distance, duration, percent, speed } from '../src/format.ts';

const now = Date.parse('2026-11-22T12:00:00Z');

test('how long ago, in both languages', () => {
  const cases: [number, string, string][] = [
    [0, 'now', '刚刚'], [-9000, 'now', '刚刚'], [42e3, '42 s ago', '42秒前'], [90e3, '1 min ago', '1分钟前'], [7.3e6, '2 h ago', '2小时前'], [3e8, '3 d ago', '3天前'],
  ];
  for (const [before, en, zh] of cases) assert.deepEqual([ago(now - before, now, 'en'), ago(now - before, now, 'zh')], [en, zh]);
});

test('durations', () => {
  assert.deepEqual([0, 59, 60, 3599, 3600, 7500].map((s) => duration(s, 'en')), ['0 s', '59 s', '1 min', '1 h', '1 h', '2 h 05 min']);
  assert.deepEqual([45, 720, 7500].map((s) => duration(s, 'zh')), ['45秒', '12分钟', '2小时5分']);
});

test('distances, speeds and percentages, with a dash for the unknown', () => {
  assert.deepEqual([0, 999, 1000, 4249, 138_400].map(distance), ['0 m', '999 m', '1.0 km', '4.2 km', '138 km']);
  assert.deepEqual([speed(13.89), speed(NaN), speed(undefined), percent(81.6), percent(NaN)], ['50 km/h', '–', '–', '82 %', '–']);
});

test('compass points', () => {
  assert.deepEqual([0, 44, 359, -90, 180].map((d) => compass(d, 'en')), ['N', 'NE', 'N', 'W', 'S']);
  assert.equal(compass(135, 'zh'), '东南');
});

test('times are written in the zone that is asked for', () => {
  assert.equal(clock(now, 'en', 'Europe/Vienna'), '13:00');
  assert.equal(clock(now, 'zh', 'Asia/Shanghai'), '20:00');
  assert.equal(dayOf(Date.parse('2026-11-22T23:30:00Z'), 'Asia/Shanghai'), '2026-11-23');
  assert.equal(dayName('2026-11-22', 'en'), 'Sun, 22 Nov 2026');
});

test('a day begins at local midnight, also when the clocks change', () => {
  const cases: [string, string, string][] = [
    ['2026-11-22', 'Europe/Vienna', '2026-11-21T23:00:00.000Z'],
    ['2026-03-29', 'Europe/Vienna', '2026-03-28T23:00:00.000Z'],
    ['2026-03-30', 'Europe/Vienna', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', 'Europe/Vienna', '2026-10-24T22:00:00.000Z'],
    ['2026-10-26', 'Europe/Vienna', '2026-10-25T23:00:00.000Z'],
    ['2026-11-22', 'America/St_Johns', '2026-11-22T03:30:00.000Z'],
    ['2026-11-22', 'Pacific/Kiritimati', '2026-11-21T10:00:00.000Z'],
  ];
  for (const [day, zone, begin] of cases) assert.equal(new Date(dayBegin(day, zone)).toISOString(), begin, `${day} ${zone}`);
});

test('days are counted over months and years', () => {
  assert.deepEqual([addDays('2026-12-31', 1), addDays('2024-03-01', -1)], ['2027-01-01', '2024-02-29']);
});
