import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellText, columns, isNumeric, shownColumns, total } from '../src/report-columns.ts';

const column = (report: keyof typeof columns, name: string) => columns[report].find((c) => c.name === name)!;

test('a cell is written by what it is, and a dash says that there is nothing', () => {
  assert.equal(cellText(column('mileage', 'paidM'), 12_040, 'en'), '12.0 km');
  assert.equal(cellText(column('mileage', 'paidM'), 0, 'en'), '–');
  assert.equal(cellText(column('mileage', 'movingS'), 7500, 'zh'), '2小时5分');
  assert.equal(cellText(column('attendance', 'firstMovedAt'), '2026-11-01T08:30:00.000Z', 'en', 'Europe/Vienna'), '09:30');
  assert.equal(cellText(column('attendance', 'firstMovedAt'), undefined, 'en'), '–');
  assert.equal(cellText(column('mileage', 'group'), '', 'en'), '');
  assert.equal(cellText(column('mileage', 'date'), '2026-11-22', 'en'), 'Sun, 22 Nov 2026');
});

test('what says something of one day only is left out of periods', () => {
  assert.deepEqual(shownColumns('attendance', 'rep').map((c) => c.name), ['name', 'group', 'onDutyS', 'movingS', 'stoppedS', 'gaps', 'gapS']);
  assert.equal(shownColumns('attendance', 'day').length, columns.attendance.length);
});

test('columns that add up are summed, others are not', () => {
  const rows = [{ paidM: 1500, firstMovedAt: 'x' }, { paidM: 500 }, {}];
  assert.equal(total(column('mileage', 'paidM'), rows), 2000);
  assert.equal(total(column('attendance', 'firstMovedAt'), rows), undefined);
  assert.equal(total(column('mileage', 'name'), rows), undefined);
  assert.equal(isNumeric(column('attendance', 'firstMovedAt')), true);
});
