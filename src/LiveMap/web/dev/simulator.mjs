// A server for developing the console without the real one: node dev/simulator.mjs [reps] [port]. Never shipped.
import { createServer } from 'node:http';
import { readFile, stat, open } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { NullLogger } from '@microsoft/signalr';
import { WebSocketServer } from 'ws';
import { counts, frame, rows } from './frames.mjs';
import { makeAlert, makeDay, makeFences, makeReps, step } from './world.mjs';

const root = fileURLToPath(new URL('../../wwwroot', import.meta.url));
const reps = makeReps(Number(process.argv[2] ?? 900));
const port = Number(process.argv[3] ?? 8090);
const fences = makeFences();
const alerts = Array.from({ length: 120 }, (_, i) => makeAlert(reps, fences, Date.now() - (120 - i) * 97_000));
const protocol = new MessagePackHubProtocol();
const viewers = new Set();
let isSignedIn = !process.env.SIGNED_OUT;

const CSP = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; style-src 'self' 'unsafe-inline'";
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
const statusNames = ['live', 'stale', 'lost', 'offDuty'];

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x');
  try {
    if (url.pathname.startsWith('/v1/')) return await api(request, response, url);
    if (url.pathname === '/hub/live/negotiate') return json(response, 200, negotiation());
    await serveFile(request, response, url.pathname === '/' ? '/index.html' : url.pathname);
  } catch (error) {
    json(response, 500, { title: String(error) });
  }
});

const negotiation = () => ({ negotiateVersion: 1, connectionId: 'x', connectionToken: 'x', availableTransports: [{ transport: 'WebSockets', transferFormats: ['Text', 'Binary'] }] });

function json(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}

async function api(request, response, url) {
  const { pathname, searchParams } = url;
  if (pathname === '/v1/session') {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    isSignedIn = request.method === 'POST' && JSON.parse(Buffer.concat(chunks)).token === 'let-me-in';
    return json(response, request.method === 'DELETE' ? 200 : isSignedIn ? 200 : 401, {});
  }
  if (!isSignedIn) return json(response, 401, { title: 'Unauthorized' });
  if (pathname === '/v1/me') return json(response, 200, { name: 'dev', role: 'dispatcher', canEdit: true });
  if (pathname === '/v1/config') return json(response, 200, { version: 'dev', basemaps: [], initialView: null });
  if (pathname === '/v1/geofences') return json(response, 200, { type: 'FeatureCollection', features: fences, next: null });
  if (pathname === '/v1/alerts') {
    const kept = (alert) => !searchParams.has('rep') || (alert.repId === searchParams.get('rep') && alert.kind === searchParams.get('kind'));
    return json(response, 200, { alerts: alerts.filter(kept).slice(-Number(searchParams.get('latest') ?? 1000)), next: null });
  }
  if (pathname === '/v1/reps') return json(response, 200, { reps: reps.map(toDto), next: null });
  const [, , , id, what] = pathname.split('/');
  const rep = reps.find((one) => one.id === decodeURIComponent(id ?? ''));
  if (!rep) return json(response, 404, { title: 'Not found' });
  const begin = new Date().setHours(0, 0, 0, 0);
  const { day, fixes } = makeDay(rep, begin, begin + 16 * 3.6e6);
  return json(response, 200, what === 'days' ? day : { repId: rep.id, fixes, next: null });
}

function toDto(rep) {
  return {
    id: rep.id, key: rep.key, name: rep.name, group: rep.group, timeZone: rep.timeZone, status: statusNames[rep.status], motion: rep.isMoving ? 'moving' : 'stopped',
    position: { fixedAt: new Date(rep.heard).toISOString(), latitude: rep.latitude, longitude: rep.longitude, accuracyM: rep.accuracy, speedMps: rep.isMoving ? rep.speed : 0, courseDeg: rep.course },
    batteryPct: rep.battery, mockScore: rep.mock ? 0.9 : rep.key % 50 === 3 ? 0.25 : 0,
    insideGeofences: rep.key % 3 === 0 ? [fences[rep.key % fences.length].id] : [],
  };
}

async function serveFile(request, response, path) {
  const file = join(root, normalize(path));
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) return json(response, 404, { title: 'Not found' });
  const headers = { 'content-type': types[extname(file)] ?? 'application/octet-stream', 'content-security-policy': CSP, 'accept-ranges': 'bytes', 'cache-control': 'no-cache' };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (!range) {
    response.writeHead(200, headers);
    return response.end(await readFile(file));
  }
  const [from, to] = [Number(range[1]), Math.min(Number(range[2]), info.size - 1)];
  const handle = await open(file);
  const part = Buffer.alloc(to - from + 1);
  await handle.read(part, 0, part.length, from);
  await handle.close();
  response.writeHead(206, { ...headers, 'content-range': `bytes ${from}-${to}/${info.size}` });
  response.end(part);
}

new WebSocketServer({ server, path: '/hub/live' }).on('connection', (socket) => {
  const viewer = { socket, watch: undefined, sequence: 0, ready: false };
  viewers.add(viewer);
  socket.on('close', () => viewers.delete(viewer));
  socket.on('message', (data) => {
    if (!viewer.ready) {
      viewer.ready = true;
      socket.send('{}\x1e');
      return;
    }
    const buffer = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
    for (const message of protocol.parseMessages(buffer, NullLogger.instance)) {
      if (message.type !== 1) continue;
      if (message.invocationId) socket.send(protocol.writeMessage({ type: 3, invocationId: message.invocationId, headers: {}, result: null }));
      if (message.target === 'Watch') startWatch(viewer, message.arguments[0]);
    }
  });
});

function send(viewer, target, argument) {
  if (viewer.ready && viewer.socket.readyState === 1) viewer.socket.send(protocol.writeMessage({ type: 1, target, arguments: [argument], headers: {} }));
}

function startWatch(viewer, watch) {
  viewer.watch = watch;
  send(viewer, 'Reps', { reps: reps.filter((rep) => inside(rep, watch.bounds)).map(({ key, id, name, group }) => ({ key, id, name, group })), gone: [] });
  sendFrame(viewer, true);
}

const inside = (rep, [west, south, east, north]) =>
  rep.latitude >= south && rep.latitude <= north && (west <= east ? rep.longitude >= west && rep.longitude <= east : rep.longitude >= west || rep.longitude <= east);

function sendFrame(viewer, isSnapshot) {
  const { bounds, zoom } = viewer.watch;
  const head = { sequence: ++viewer.sequence, at: Date.now() };
  if (zoom < 7) send(viewer, isSnapshot ? 'Snapshot' : 'Positions', frame({ ...head, kind: isSnapshot ? 2 : 3 }, countBlocks(zoom)));
  else {
    const shown = reps.filter((rep) => inside(rep, bounds) && (isSnapshot || rep.status === 0));
    send(viewer, isSnapshot ? 'Snapshot' : 'Positions', frame({ ...head, kind: isSnapshot ? 0 : 1 }, [rows(shown, Date.now())]));
  }
}

function countBlocks(zoom) {
  const z = Math.max(0, Math.floor(zoom));
  const scale = 2 ** z * 8;
  const bins = new Map();
  for (const rep of reps) {
    const x = Math.floor(((180 + rep.longitude) / 360) * scale);
    const y = Math.floor(((180 - (180 / Math.PI) * Math.log(Math.tan(Math.PI / 4 + (rep.latitude * Math.PI) / 360))) / 360) * scale);
    const key = `${x}/${y}`;
    const bin = bins.get(key) ?? { x, y, n: 0, latitude: 0, longitude: 0, counts: [0, 0, 0, 0] };
    bin.n++;
    bin.latitude += (rep.latitude - bin.latitude) / bin.n;
    bin.longitude += (rep.longitude - bin.longitude) / bin.n;
    bin.counts[rep.status]++;
    bins.set(key, bin);
  }
  const cells = groupBy([...bins.values()], (bin) => `${bin.x >> 3}/${bin.y >> 3}`);
  return [...cells.values()].map((cell) => counts(z, cell[0].x >> 3, cell[0].y >> 3, cell));
}

setInterval(() => {
  step(reps, 1, Date.now());
  for (const viewer of viewers) if (viewer.watch) sendFrame(viewer, false);
}, 1000);
setInterval(() => {
  const alert = makeAlert(reps, fences, Date.now() - 1500);
  alerts.push(alert);
  for (const viewer of viewers) send(viewer, 'Alert', alert);
}, Number(process.env.ALERT_MS ?? 6000));

server.listen(port, '127.0.0.1', () => console.log(`simulator: http://127.0.0.1:${port} with ${reps.length} reps`));

function groupBy(items, keyOf) {
  const groups = new Map();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
