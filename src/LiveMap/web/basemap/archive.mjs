// Writes a PMTiles archive, version 3 (the specification: docs.protomaps.com/pmtiles).
import { gzipSync } from 'node:zlib';

const HEADER_BYTES = 127;
/** The header and the root directory must fit into the first 16 KiB, which readers fetch at once. */
const MAX_ROOT_BYTES = 16_384 - HEADER_BYTES;
const ENTRIES_PER_LEAF = 2048;
const GZIP = 2;
const MVT = 1;

const compress = (bytes) => gzipSync(bytes, { level: 9 });

/**
 * Packs tiles into an archive; equal tiles are stored once.
 * @param {{id: number, bytes: Uint8Array}[]} tiles not yet compressed, id as in the Hilbert order of PMTiles
 * @param {{maxZoom: number, center: [number, number, number], metadata: object}} about
 */
export function packArchive(tiles, about) {
  const { entries, chunks, length, contents } = storeOnce(tiles.toSorted((a, b) => a.id - b.id));
  const { root, leaves } = directories(entries);
  const metadata = compress(JSON.stringify(about.metadata));
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('PMTiles');
  header[7] = 3;
  let offset = HEADER_BYTES;
  for (const [at, size] of [[8, root.length], [24, metadata.length], [40, leaves.length], [56, length]]) {
    header.writeBigUInt64LE(BigInt(offset), at);
    header.writeBigUInt64LE(BigInt(size), at + 8);
    offset += size;
  }
  header.writeBigUInt64LE(BigInt(tiles.length), 72);
  header.writeBigUInt64LE(BigInt(entries.length), 80);
  header.writeBigUInt64LE(BigInt(contents), 88);
  header.set([1, GZIP, GZIP, MVT, 0, about.maxZoom], 96);
  const [longitude, latitude, zoom] = about.center;
  [-180, -85.05, 180, 85.05].forEach((degrees, i) => header.writeInt32LE(Math.round(degrees * 1e7), 102 + 4 * i));
  header[118] = zoom;
  header.writeInt32LE(Math.round(longitude * 1e7), 119);
  header.writeInt32LE(Math.round(latitude * 1e7), 123);
  return Buffer.concat([header, root, metadata, leaves, ...chunks]);
}

function storeOnce(tiles) {
  const places = new Map();
  const chunks = [];
  const entries = [];
  let length = 0;
  for (const { id, bytes } of tiles) {
    const packed = compress(bytes);
    const key = packed.toString('latin1');
    let place = places.get(key);
    if (!place) {
      place = { offset: length, length: packed.length };
      places.set(key, place);
      chunks.push(packed);
      length += packed.length;
    }
    const last = entries.at(-1);
    if (last && last.offset === place.offset && last.id + last.run === id) last.run++;
    else entries.push({ id, run: 1, ...place });
  }
  return { entries, chunks, length, contents: places.size };
}

function directories(entries) {
  const whole = directory(entries);
  if (whole.length <= MAX_ROOT_BYTES) return { root: whole, leaves: Buffer.alloc(0) };
  const leaves = [];
  const pointers = [];
  let offset = 0;
  for (let i = 0; i < entries.length; i += ENTRIES_PER_LEAF) {
    const leaf = directory(entries.slice(i, i + ENTRIES_PER_LEAF));
    pointers.push({ id: entries[i].id, run: 0, offset, length: leaf.length });
    leaves.push(leaf);
    offset += leaf.length;
  }
  return { root: directory(pointers), leaves: Buffer.concat(leaves) };
}

function directory(entries) {
  const bytes = [];
  const put = (value) => {
    for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
    bytes.push(value);
  };
  put(entries.length);
  entries.forEach((entry, i) => put(entry.id - (i ? entries[i - 1].id : 0)));
  entries.forEach((entry) => put(entry.run));
  entries.forEach((entry) => put(entry.length));
  entries.forEach((entry, i) => {
    const before = entries[i - 1];
    put(before && entry.offset === before.offset + before.length ? 0 : entry.offset + 1);
  });
  return compress(Buffer.from(bytes));
}
