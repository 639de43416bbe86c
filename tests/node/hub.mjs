// The official SignalR client against /hub/live. Usage: node hub.mjs <address> <token> <json|messagepack> <transport>
// Prints one JSON object with what it saw; the test decides.
import { HttpTransportType, HubConnectionBuilder, LogLevel } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';

const [address, token, protocol, transport] = process.argv.slice(2);
const kinds = ['snapshot', 'positions', 'countsSnapshot', 'counts'];
const seen = { frames: [], names: {}, alerts: [], errors: {} };

function decode(frame) {
  if (protocol === 'json') {
    const rows = frame.blocks.filter((b) => b.type === 'rows');
    return {
      kind: frame.kind, sequence: frame.sequence, rows: frame.rows,
      keys: rows.flatMap((b) => b.key),
      latitudes: rows.flatMap((b) => b.latE7.map((e7) => e7 / 1e7)),
      gone: frame.blocks.filter((b) => b.type === 'gone').flatMap((b) => b.key),
      live: frame.blocks.filter((b) => b.type === 'counts').flatMap((b) => b.live).reduce((a, b) => a + b, 0),
    };
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const result = { kind: kinds[view.getUint8(1)], sequence: view.getUint32(4, true), rows: view.getUint32(16, true), keys: [], latitudes: [], gone: [], live: 0 };
  let offset = 20;
  for (let left = view.getUint16(2, true); left > 0; left--) {
    const type = view.getUint8(offset), n = view.getUint32(offset + 4, true), body = offset + 16;
    for (let i = 0; i < n; i++) {
      if (type === 1) result.gone.push(view.getUint32(body + 4 * i, true));
      else if (type === 2) result.live += view.getUint32(body + 4 * (2 * n + i), true);
      else {
        result.keys.push(view.getUint32(body + 4 * i, true));
        result.latitudes.push(view.getInt32(body + 4 * (n + i), true) / 1e7);
      }
    }
    offset = body + n * (type === 1 ? 4 : 24);
  }
  if (offset !== frame.byteLength) throw new Error(`the frame has ${frame.byteLength} bytes, its blocks end at ${offset}`);
  return result;
}

const until = async (what, condition) => {
  const end = Date.now() + 20_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain for ${what}: ${JSON.stringify(seen).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};
const failure = (promise) => promise.then(() => null, (error) => error.message);

let builder = new HubConnectionBuilder()
  .withUrl(`${address}/hub/live`, { accessTokenFactory: () => token, transport: HttpTransportType[transport] })
  .configureLogging(LogLevel.None);
if (protocol === 'messagepack') builder = builder.withHubProtocol(new MessagePackHubProtocol());
const hub = builder.build();
// Quick pings, so that the server reads some.
hub.keepAliveIntervalInMilliseconds = 100;
hub.on('Snapshot', (frame) => seen.frames.push({ call: 'Snapshot', ...decode(frame) }));
hub.on('Positions', (frame) => seen.frames.push({ call: 'Positions', ...decode(frame) }));
hub.on('Reps', (changes) => changes.reps.forEach((rep) => (seen.names[rep.key] = rep)));
hub.on('Alert', (alert) => seen.alerts.push(alert));
let closed = false;
hub.onclose(() => (closed = true));

await hub.start();
await hub.invoke('Watch', { bounds: [16.3, 48.1, 16.5, 48.3], zoom: 12 });
await until('positions', () => seen.frames.filter((f) => f.kind === 'positions').length >= 3);
await until('alerts', () => seen.alerts.length >= 1);
seen.errors.watch = await failure(hub.invoke('Watch', { bounds: [1, 2, 3] }));
seen.errors.hidden = await failure(hub.invoke('Watch', { rep: 'nobody' }));
seen.errors.unknown = await failure(hub.invoke('Nothing', 1));
seen.errors.type = await failure(hub.invoke('Watch', 'text', 5));
seen.errors.cursor = await failure(hub.invoke('ResumeAlerts', 'x'));
const before = seen.frames.length;
await hub.invoke('Watch', { bounds: [-180, -80, 180, 80], zoom: 2.5 });
await until('counts', () => seen.frames.slice(before).some((f) => f.kind === 'countsSnapshot'));
await hub.invoke('Watch', { rep: 'a' });
await until('one rep', () => seen.frames.at(-1).kind === 'positions' && seen.frames.at(-1).keys.length === 1);
await hub.invoke('Unwatch');
const resumed = seen.alerts.length;
await hub.invoke('ResumeAlerts', 0);
await until('resumed alerts', () => seen.alerts.slice(resumed).some((alert) => alert.id === 'first'));
seen.streamed = await new Promise((resolve, reject) => {
  const items = [];
  const subscription = hub.stream('Alerts', 0).subscribe({
    next: (alert) => {
      items.push(alert);
      if (items.length === 2) {
        subscription.dispose();
        resolve(items);
      }
    },
    error: reject,
    complete: () => resolve(items),
  });
});
seen.streamError = await new Promise((resolve) => hub.stream('Alerts', {}).subscribe({ next: () => {}, error: (error) => resolve(error.message), complete: () => resolve(null) }));
await hub.stop();
seen.closed = closed;
// A client that comes back goes on behind the last alert it saw, with a snapshot and numbers from 1.
const again = seen.frames.length, last = seen.alerts.at(-1).cursor, known = seen.alerts.length;
await hub.start();
await hub.invoke('ResumeAlerts', last);
await hub.invoke('Watch', { group: 'north' });
await until('a snapshot again', () => seen.frames.length > again);
await until('alerts again', () => seen.alerts.length > known);
seen.again = { frames: seen.frames.splice(again), first: seen.alerts[known].cursor > last };
await hub.stop();
console.log(JSON.stringify(seen));
process.exit(0);
