import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHash, parseHash } from '../src/url.ts';

test('an address holds the view, the selection and the report, and reads back the same', () => {
  const place = { zoom: 12.5, latitude: 48.20851, longitude: 16.37212 };
  const report = { name: 'visits', from: '2026-11-01', to: '2026-11-30', by: 'day', group: 'north/vienna' };
  for (const address of [{}, { place }, { place, rep: 'r 17', day: '2026-11-22' }, { place, report }, { rep: 'r-1', report: { name: 'mileage' } }])
    assert.deepEqual(parseHash(formatHash(address)), address);
});

test('a period that makes no sense is left out', () => {
  assert.deepEqual(parseHash('#?report=mileage&from=2026-11-30&to=2026-11-01').report, { name: 'mileage' });
  assert.deepEqual(parseHash('#?report=mileage&from=yesterday&to=2026-11-01').report, { name: 'mileage' });
});
