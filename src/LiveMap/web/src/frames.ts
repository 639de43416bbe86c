// Decodes the live frames of docs/live-frames.md. This is the reference decoder.

/** What a frame does to what the viewer has: replaces it or changes it, reps or counts. */
export type FrameKind = 'snapshot' | 'positions' | 'countsSnapshot' | 'counts';

export const frameKinds: readonly FrameKind[] = ['snapshot', 'positions', 'countsSnapshot', 'counts'];

/** Newest positions, one array a column. Unknown floats are NaN. */
export interface RowsBlock {
  type: 'rows';
  key: number[];
  latitude: number[];
  longitude: number[];
  /** Epoch milliseconds. */
  fixedAt: number[];
  speedMps: number[];
  courseDeg: number[];
  accuracyM: number[];
  /** 0 live, 1 stale, 2 lost, 3 off duty. */
  status: number[];
  /** 0 unknown, 1 moving, 2 stopped. */
  motion: number[];
  mock: boolean[];
  batteryPct: number[];
}

/** Reps to take off the map. */
export interface GoneBlock {
  type: 'gone';
  key: number[];
}

/** The bins of one map cell; they replace all earlier bins of that cell. */
export interface CountsBlock {
  type: 'counts';
  /** The Web Mercator tile, `z/x/y`. */
  cell: string;
  latitude: number[];
  longitude: number[];
  /** By status: live, stale, lost, off duty. */
  counts: [number, number, number, number][];
}

export type Block = RowsBlock | GoneBlock | CountsBlock;

export interface Frame {
  kind: FrameKind;
  sequence: number;
  /** The server's clock, epoch milliseconds. */
  at: number;
  blocks: Block[];
}

const HEADER_BYTES = 20;
const BLOCK_HEADER_BYTES = 16;
const ROW_BYTES = 24;
const GONE_BYTES = 4;
const UNKNOWN_16 = 65535;
const UNKNOWN_8 = 255;

/** Decodes a frame; throws a RangeError where the bytes are not one. */
export function decodeFrame(bytes: Uint8Array): Frame {
  // The bytes are a view into a larger message that may begin at any offset, so typed arrays cannot be laid over them.
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== 1) throw new RangeError(`unknown frame version ${view.getUint8(0)}`);
  const kind = frameKinds[view.getUint8(1)];
  if (kind === undefined) throw new RangeError(`unknown frame kind ${view.getUint8(1)}`);
  const blocks: Block[] = [];
  let offset = HEADER_BYTES;
  for (let left = view.getUint16(2, true); left > 0; left--) {
    const type = view.getUint8(offset);
    const count = view.getUint32(offset + 4, true);
    const end = offset + BLOCK_HEADER_BYTES + count * (type === 1 ? GONE_BYTES : ROW_BYTES);
    if (end > view.byteLength) throw new RangeError(`a block of ${count} ends behind the frame`);
    blocks.push(decodeBlock(view, offset, type, count));
    offset = end;
  }
  return { kind, sequence: view.getUint32(4, true), at: view.getFloat64(8, true), blocks };
}

function decodeBlock(view: DataView, offset: number, type: number, count: number): Block {
  const columns = offset + BLOCK_HEADER_BYTES;
  if (type === 0) return decodeRows(view, columns, count, view.getFloat64(offset + 8, true));
  if (type === 1) return { type: 'gone', key: column(count, (i) => view.getUint32(columns + 4 * i, true)) };
  if (type === 2) return decodeCounts(view, offset, count);
  throw new RangeError(`unknown block type ${type}`);
}

function decodeRows(view: DataView, start: number, n: number, baseTime: number): RowsBlock {
  const u16 = (byte: number, scale: number) => (i: number) => {
    const value = view.getUint16(start + byte * n + 2 * i, true);
    return value === UNKNOWN_16 ? NaN : value / scale;
  };
  const flags = (i: number) => view.getUint8(start + 22 * n + i);
  return {
    type: 'rows',
    key: column(n, (i) => view.getUint32(start + 4 * i, true)),
    latitude: column(n, (i) => view.getInt32(start + 4 * n + 4 * i, true) / 1e7),
    longitude: column(n, (i) => view.getInt32(start + 8 * n + 4 * i, true) / 1e7),
    fixedAt: column(n, (i) => baseTime - 100 * view.getInt32(start + 12 * n + 4 * i, true)),
    speedMps: column(n, u16(16, 100)),
    courseDeg: column(n, u16(18, 100)),
    accuracyM: column(n, u16(20, 10)),
    status: column(n, (i) => flags(i) & 3),
    motion: column(n, (i) => (flags(i) >> 2) & 3),
    mock: column(n, (i) => (flags(i) & 16) !== 0),
    batteryPct: column(n, (i) => {
      const value = view.getUint8(start + 23 * n + i);
      return value === UNKNOWN_8 ? NaN : value;
    }),
  };
}

function decodeCounts(view: DataView, offset: number, n: number): CountsBlock {
  const start = offset + BLOCK_HEADER_BYTES;
  const u32 = (column: number, i: number) => view.getUint32(start + 4 * (column * n + i), true);
  const degrees = (column: number, i: number) => view.getInt32(start + 4 * (column * n + i), true) / 1e7;
  return {
    type: 'counts',
    cell: `${view.getUint8(offset + 1)}/${view.getUint32(offset + 8, true)}/${view.getUint32(offset + 12, true)}`,
    latitude: column(n, (i) => degrees(0, i)),
    longitude: column(n, (i) => degrees(1, i)),
    counts: column(n, (i): [number, number, number, number] => [u32(2, i), u32(3, i), u32(4, i), u32(5, i)]),
  };
}

function column<T>(length: number, read: (index: number) => T): T[] {
  const values = new Array<T>(length);
  for (let i = 0; i < length; i++) values[i] = read(i);
  return values;
}
