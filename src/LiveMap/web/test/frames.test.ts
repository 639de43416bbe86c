import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, type CountsBlock, type RowsBlock } from '../src/frames.ts';
import { counts, frame, gone, rows } from '../dev/frames.mjs';

const at = 1_795_334_400_000;
const anna = { key: 7, latitude: 48.2001234, longitude: 16.37, heard: at - 300, isMoving: true, speed: 13.89, course: 90, accuracy: 5, status: 0, battery: 80 };
const bert = { key: 4_000_000_000, latitude: -33.5, longitude: -179.9999999, heard: at - 1_200, isMoving: false, status: 2, mock: true };

const rowsOf = (bytes: Uint8Array) => decodeFrame(bytes).blocks[0] as RowsBlock;

test('reads the header and every column of rows', () => {
  const decoded = decodeFrame(frame({ kind: 1, sequence: 12, at }, [rows([anna, bert], at)]));
  assert.deepEqual([decoded.kind, decoded.sequence, decoded.at], ['positions', 12, at]);
  assert.deepEqual(decoded.blocks[0], {
    type: 'rows', key: [7, 4_000_000_000], latitude: [48.2001234, -33.5], longitude: [16.37, -179.9999999], fixedAt: [at - 300, at - 1_200],
    speedMps: [13.89, 0], courseDeg: [90, NaN], accuracyM: [5, NaN], status: [0, 2], motion: [1, 2], mock: [false, true], batteryPct: [80, NaN],
  });
});

test('reads a view that begins at an odd offset of a larger message', () => {
  const bytes: Uint8Array = frame({ kind: 0, sequence: 1, at }, [rows([anna], at)]);
  const message = new Uint8Array(bytes.length + 9);
  message.set(bytes, 3);
  assert.deepEqual(rowsOf(message.subarray(3, 3 + bytes.length)).key, [7]);
});

test('reads gone keys and counts, block after block', () => {
  const bin = { latitude: 48, longitude: 16, counts: [5, 1, 0, 2] };
  const decoded = decodeFrame(frame({ kind: 3, sequence: 2, at }, [gone([9, 10]), counts(4, 8, 5, [bin]), counts(4, 9, 5, [])]));
  assert.deepEqual(decoded.blocks[0], { type: 'gone', key: [9, 10] });
  assert.deepEqual(decoded.blocks[1], { type: 'counts', cell: '4/8/5', latitude: [48], longitude: [16], counts: [[5, 1, 0, 2]] });
  assert.deepEqual((decoded.blocks[2] as CountsBlock).latitude, []);
});

test('an empty frame has no blocks', () => {
  assert.deepEqual(decodeFrame(frame({ kind: 2, sequence: 1, at }, [])).blocks, []);
});

test('every truncation is refused', () => {
  const bytes: Uint8Array = frame({ kind: 0, sequence: 1, at }, [rows([anna, bert], at), gone([1])]);
  for (let length = 0; length < bytes.length; length++) assert.throws(() => decodeFrame(bytes.subarray(0, length)), RangeError, `length ${length}`);
});

test('another version, kind or block type is refused', () => {
  for (const [offset, value] of [[0, 2], [1, 9], [20, 7]] as const) {
    const bytes: Uint8Array = frame({ kind: 0, sequence: 1, at }, [rows([anna], at)]);
    bytes[offset] = value;
    assert.throws(() => decodeFrame(bytes), RangeError);
  }
});

test('a block that claims more rows than there are bytes is refused before anything is allocated', () => {
  const bytes: Uint8Array = frame({ kind: 0, sequence: 1, at }, [rows([anna], at)]);
  new DataView(bytes.buffer).setUint32(24, 0xffffffff, true);
  assert.throws(() => decodeFrame(bytes), RangeError);
});
