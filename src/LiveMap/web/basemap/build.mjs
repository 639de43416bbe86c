// Builds the embedded world map: node build.mjs [output]. Same packages and same Node, same bytes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import geojsonvt from 'geojson-vt';
import { zxyToTileId } from 'pmtiles';
import vtpbf from 'vt-pbf';
import { packArchive } from './archive.mjs';
import { baseLayers, placesOf } from './layers.mjs';

/** Deeper views overzoom these tiles. */
const MAX_ZOOM = 6;
const ATTRIBUTION = 'Natural Earth · © GeoNames (CC BY 4.0)';
const output = process.argv[2] ?? fileURLToPath(new URL('../../wwwroot/basemap/world.pmtiles', import.meta.url));

const layers = baseLayers();
const tilings = Object.fromEntries(Object.entries(layers).map(([name, data]) => [name, tile(data, MAX_ZOOM)]));
const tiles = [];
for (let z = 0; z <= MAX_ZOOM; z++) {
  const places = tile(placesOf(z, MAX_ZOOM), z);
  for (let x = 0; x < 2 ** z; x++) {
    for (let y = 0; y < 2 ** z; y++) {
      const bytes = encode({ ...tilings, place: places }, z, x, y);
      if (bytes) tiles.push({ id: zxyToTileId(z, x, y), bytes });
    }
  }
}
const archive = packArchive(tiles, {
  maxZoom: MAX_ZOOM,
  center: [10, 40, 2],
  metadata: {
    name: 'Embedded world',
    attribution: ATTRIBUTION,
    vector_layers: [...Object.keys(layers), 'place'].map((id) => ({ id, fields: {} })),
  },
});
mkdirSync(dirname(output), { recursive: true });
writeFileSync(output, archive);
console.log(`${output}: ${tiles.length} tiles, ${(archive.length / 1e6).toFixed(2)} MB`);

function tile(data, maxZoom) {
  const hasNames = data.features[0]?.geometry.type === 'Point';
  return new geojsonvt(data, { maxZoom, indexMaxZoom: maxZoom, indexMaxPoints: 0, tolerance: hasNames ? 0 : 4, buffer: 64 });
}

function encode(sources, z, x, y) {
  const present = {};
  for (const [name, source] of Object.entries(sources)) {
    const made = source.getTile(z, x, y);
    if (made?.features.length) present[name] = made;
  }
  return Object.keys(present).length ? vtpbf.fromGeojsonVt(present, { version: 2 }) : undefined;
}
