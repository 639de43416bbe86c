// Invented people for developing the console: enough of everything that the page can show. Seeded.

let seed = 20261122;
const random = () => ((seed = (seed * 1664525 + 1013904223) >>> 0) / 2 ** 32);
const pick = (items) => items[Math.floor(random() * items.length)];
const bell = () => random() + random() + random() + random() - 2;

const firstNames = ['Anna', 'Lukas', 'Sophie', 'Maximilian', 'Lea', 'Jonas', 'Mia', '李伟', '王芳', 'Paul', 'Emma', 'Felix', 'Marie', '陈静', 'Tobias', 'Laura', 'David', 'Nina', 'Łukasz', 'Zsófia'];
const lastNames = ['Gruber', 'Huber', 'Bauer', 'Wagner', 'Müller', 'Pichler', 'Steiner', 'Moser', 'Mayer', 'Hofer', 'Leitner', 'Berger', 'Fuchs', 'Eder', 'Fischer', 'Schmid'];
const cities = [['vienna', 48.2085, 16.3721, 0.075, 0.6], ['graz', 47.0707, 15.4395, 0.05, 0.1], ['linz', 48.3069, 14.2858, 0.05, 0.1], ['munich', 48.137, 11.575, 0.08, 0.1], ['berlin', 52.52, 13.405, 0.1, 0.1]];
const customers = ['Café Landtmann', 'Palais Ferstel', 'Naschmarkt Süd', 'Donauzentrum', 'Hofer Filiale 12', 'Apotheke zum Engel', 'Hotel Sacher', 'Trafik Berger', 'Praterstern Markt', 'Bäckerei Felber', 'Gasthaus Pöschl', 'Buchhandlung Frick'];

export const now0 = Date.now();

export function makeReps(count) {
  return Array.from({ length: count }, (_, key) => {
    let share = random();
    const city = cities.find(([, , , , weight]) => (share -= weight) < 0) ?? cities[0];
    const kind = random();
    const first = pick(firstNames);
    return {
      key: key + 1,
      id: `r-${key + 1}`,
      name: /^[一-龥]/.test(first) ? first : `${first} ${pick(lastNames)}`,
      group: `${city[0]}/${pick(['sales', 'service', 'courier'])}`,
      timeZone: 'Europe/Vienna',
      status: kind < 0.83 ? 0 : kind < 0.9 ? 1 : kind < 0.95 ? 2 : 3,
      isMoving: random() < 0.55,
      mock: random() < 0.012,
      latitude: city[1] + bell() * city[3] * 0.7,
      longitude: city[2] + bell() * city[3],
      course: Math.floor(random() * 8) * 45 + 12,
      speed: 4 + random() * 14,
      battery: Math.round(12 + random() * 88),
      accuracy: 3 + Math.round(random() * 20),
      heard: now0 - (kind < 0.83 ? random() * 8e3 : kind < 0.9 ? 60e3 + random() * 3e5 : 12e5 + random() * 4e6),
    };
  });
}

/** Moves everybody who is live and on the way by some seconds. */
export function step(reps, seconds, now) {
  for (const rep of reps) {
    if (rep.status !== 0) continue;
    if (random() < 0.01) rep.isMoving = !rep.isMoving;
    rep.heard = now - random() * 1500;
    if (!rep.isMoving) continue;
    if (random() < 0.06) rep.course = (rep.course + pick([-90, -45, 45, 90]) + 360) % 360;
    rep.speed = Math.max(2, Math.min(24, rep.speed + bell()));
    const metres = rep.speed * seconds;
    rep.latitude += (Math.cos((rep.course * Math.PI) / 180) * metres) / 111_200;
    rep.longitude += (Math.sin((rep.course * Math.PI) / 180) * metres) / (111_200 * Math.cos((rep.latitude * Math.PI) / 180));
  }
}

export function makeFences() {
  const feature = (id, name, purpose, geometry, more) => ({ type: 'Feature', id, geometry, properties: { id, name, purpose, version: 1, ...more } });
  const near = () => [16.3721 + bell() * 0.05, 48.2085 + bell() * 0.03];
  const box = (lon, lat, w, h) => ({ type: 'Polygon', coordinates: [[[lon - w, lat - h], [lon + w, lat - h * 0.8], [lon + w * 0.9, lat + h], [lon - w * 0.7, lat + h * 1.1], [lon - w, lat - h]]] });
  return [
    ...customers.map((name, i) => feature(`c${i}`, name, 'customer', { type: 'Point', coordinates: near() }, { radiusM: 120 + 60 * (i % 4), dwellS: 300 })),
    feature('office', 'Zentrale Wien', 'office', box(16.3721, 48.2085, 0.006, 0.004)),
    feature('north', 'Work area North', 'workArea', box(16.38, 48.26, 0.07, 0.035)),
    feature('south', 'Work area South', 'workArea', box(16.36, 48.16, 0.08, 0.035)),
    feature('prater', 'Prater', 'forbidden', box(16.42, 48.207, 0.016, 0.008)),
    feature('home', 'Home Gruber', 'home', { type: 'Point', coordinates: [16.31, 48.19] }, { radiusM: 200 }),
    feature('a23', 'Südosttangente A23', 'route', { type: 'LineString', coordinates: [[16.33, 48.16], [16.36, 48.168], [16.39, 48.178], [16.415, 48.195], [16.43, 48.215]] }, { widthM: 300, speedLimitMps: 22.2 }),
  ];
}

/** A working day as report and track, around where the rep is. */
export function makeDay(rep, dayBegin, until) {
  const day = { rawM: 0, acceptedM: 0, inferredM: 1240, movingS: 0, stoppedS: 0, trips: [], stops: [], gaps: [], rejected: [{ outcome: 'inaccurate', count: 4 }, { outcome: 'spike', count: 1 }] };
  const fixes = [];
  const iso = (at) => new Date(at).toISOString();
  let at = dayBegin + 7.4 * 3.6e6;
  let [lat, lon, course] = [rep.latitude - 0.02, rep.longitude - 0.05, 60];
  for (let leg = 0; at < until && leg < 8; leg++) {
    const began = at;
    const from = { latitude: lat, longitude: lon };
    let metres = 0, top = 0;
    for (let i = 0; i < 60 + leg * 9 && at < until; i++) {
      const speed = Math.max(0.5, 8 + 9 * Math.sin(i / 6 + leg) + bell() * 2) * (leg === 3 ? 2.2 : 1);
      if (i % 9 === 0) course += pick([-80, -40, 40, 80]);
      if (i % 30 === 29) course = (Math.atan2((rep.longitude - lon) * 0.66, rep.latitude - lat) * 180) / Math.PI;
      metres += speed * 15;
      top = Math.max(top, speed);
      lat += (Math.cos((course * Math.PI) / 180) * speed * 15) / 111_200;
      lon += (Math.sin((course * Math.PI) / 180) * speed * 15) / 74_000;
      at += 15_000;
      fixes.push({ fixedAt: iso(at), receivedAt: iso(at + 900), latitude: lat, longitude: lon, speedMps: speed, outcome: 'accepted' });
    }
    day.trips.push({ beganAt: iso(began), endedAt: iso(at), distanceM: metres, maxSpeedMps: top, from, to: { latitude: lat, longitude: lon } });
    day.acceptedM += metres;
    day.movingS += (at - began) / 1000;
    if (at >= until) break;
    const stopEnd = Math.min(until, at + (12 + random() * 40) * 60_000);
    day.stops.push({ beganAt: iso(at), endedAt: iso(stopEnd), latitude: lat, longitude: lon, geofenceIds: leg % 2 ? [`c${(rep.key + leg) % 12}`] : [] });
    day.stoppedS += (stopEnd - at) / 1000;
    at = stopEnd;
    if (leg === 4) {
      day.gaps.push({ beganAt: iso(at), endedAt: iso(at + 26 * 60_000), reason: 'unknown' });
      at += 26 * 60_000;
      lat += 0.01;
      lon += 0.012;
    }
  }
  return { day, fixes };
}

const texts = {
  geofenceEntered: ['info', (r, f) => [`${r} entered ${f}`, `${r} 进入 ${f}`]],
  geofenceExited: ['info', (r, f) => [`${r} left ${f}`, `${r} 离开 ${f}`]],
  geofenceDwelled: ['info', (r, f) => [`${r} has been in ${f} for 5 min`, `${r} 已在 ${f} 停留 5 分钟`]],
  signalLost: ['warning', (r) => [`Signal lost: ${r}, battery probably flat`, `信号丢失：${r}，可能电量耗尽`]],
  signalRestored: ['info', (r) => [`${r} is heard again after 14 min`, `${r} 在 14 分钟后恢复信号`]],
  mockSuspected: ['critical', (r) => [`Mock location suspected: ${r}`, `疑似虚拟定位：${r}`]],
};
let cursor = 0;

export function makeAlert(reps, fences, at) {
  const kind = pick(['geofenceEntered', 'geofenceEntered', 'geofenceExited', 'geofenceExited', 'geofenceDwelled', 'signalLost', 'signalRestored', ...(random() < 0.25 ? ['mockSuspected'] : [])]);
  const rep = kind === 'mockSuspected' ? (reps.find((one) => one.mock && random() < 0.5) ?? reps.find((one) => one.mock) ?? reps[0]) : pick(reps);
  const fence = pick(fences);
  const [severity, say] = texts[kind];
  const [en, zh] = say(rep.name, fence.properties.name);
  const evidence = [
    { kind: 'impossibleSpeed', weight: 0.45, text: { en: '412 km/h between two fixes', zh: '两次定位之间速度达 412 km/h' } },
    { kind: 'identicalCoordinates', weight: 0.3, text: { en: '48 fixes at bit-identical coordinates', zh: '48 个定位点坐标完全相同' } },
    { kind: 'thereAndBack', weight: 0.15, text: { en: 'Jumped 31 km there and back within 40 s', zh: '40 秒内往返跳跃 31 公里' } },
  ];
  return {
    id: `a${++cursor}`, cursor, kind, severity, repId: rep.id, at: new Date(at).toISOString(), confirmedAt: new Date(at + 4000).toISOString(), late: random() < 0.03,
    ...(kind.startsWith('geofence') && { geofenceId: fence.id }), position: { latitude: rep.latitude, longitude: rep.longitude }, text: { en, zh },
    data: kind === 'mockSuspected' ? { score: 0.9, evidence } : {},
  };
}
