// Encodes live frames as docs/live-frames.md has them, for the simulator and the tests.

const HEADER = 20;
const BLOCK = 16;

const clamp16 = (value, scale) => (value === undefined || Number.isNaN(value) ? 65535 : Math.min(65534, Math.round(value * scale)));

/** @param {{kind: number, sequence: number, at: number}} head @param {Uint8Array[]} blocks */
export function frame({ kind, sequence, at }, blocks) {
  const bytes = new Uint8Array(HEADER + blocks.reduce((sum, block) => sum + block.length, 0));
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, kind);
  view.setUint16(2, blocks.length, true);
  view.setUint32(4, sequence, true);
  view.setFloat64(8, at, true);
  let [offset, rows] = [HEADER, 0];
  for (const block of blocks) {
    bytes.set(block, offset);
    offset += block.length;
    if (block[0] !== 1) rows += new DataView(block.buffer).getUint32(4, true);
  }
  view.setUint32(16, rows, true);
  return bytes;
}

export function rows(reps, baseTime) {
  const n = reps.length;
  const { bytes, view } = block(0, n, 24);
  view.setFloat64(8, baseTime, true);
  reps.forEach((rep, i) => {
    view.setUint32(BLOCK + 4 * i, rep.key, true);
    view.setInt32(BLOCK + 4 * n + 4 * i, Math.round(rep.latitude * 1e7), true);
    view.setInt32(BLOCK + 8 * n + 4 * i, Math.round(rep.longitude * 1e7), true);
    view.setInt32(BLOCK + 12 * n + 4 * i, Math.round((baseTime - rep.heard) / 100), true);
    view.setUint16(BLOCK + 16 * n + 2 * i, clamp16(rep.isMoving ? rep.speed : 0, 100), true);
    view.setUint16(BLOCK + 18 * n + 2 * i, clamp16(rep.course, 100), true);
    view.setUint16(BLOCK + 20 * n + 2 * i, clamp16(rep.accuracy, 10), true);
    view.setUint8(BLOCK + 22 * n + i, rep.status | ((rep.isMoving ? 1 : 2) << 2) | (rep.mock ? 16 : 0));
    view.setUint8(BLOCK + 23 * n + i, rep.battery ?? 255);
  });
  return bytes;
}

export function gone(keys) {
  const { bytes, view } = block(1, keys.length, 4);
  keys.forEach((key, i) => view.setUint32(BLOCK + 4 * i, key, true));
  return bytes;
}

export function counts(z, x, y, bins) {
  const n = bins.length;
  const { bytes, view } = block(2, n, 24);
  view.setUint8(1, z);
  view.setUint32(8, x, true);
  view.setUint32(12, y, true);
  bins.forEach((bin, i) => {
    view.setInt32(BLOCK + 4 * i, Math.round(bin.latitude * 1e7), true);
    view.setInt32(BLOCK + 4 * n + 4 * i, Math.round(bin.longitude * 1e7), true);
    bin.counts.forEach((value, status) => view.setUint32(BLOCK + 4 * ((2 + status) * n + i), value, true));
  });
  return bytes;
}

function block(type, n, rowBytes) {
  const bytes = new Uint8Array(BLOCK + n * rowBytes);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, type);
  view.setUint32(4, n, true);
  return { bytes, view };
}
