// The connection to /hub/live: what is watched, frames in, alerts in, reconnecting with back-off.
import { HubConnectionBuilder, LogLevel, type HubConnection } from '@microsoft/signalr';
import { MessagePackHubProtocol } from '@microsoft/signalr-protocol-msgpack';
import { signal } from '@preact/signals';
import { receiveAlert, lastCursor } from './alerts.ts';
import type { Alert } from './api.ts';
import { applyFrame, applyReps, loadFleet, type RepsChange } from './fleet.ts';
import { decodeFrame } from './frames.ts';
import type { Bounds } from './geo.ts';

/** `waiting` carries the instant of the next try, epoch milliseconds. */
export type Link = { state: 'connecting' } | { state: 'live' } | { state: 'waiting'; until: number };

export interface View {
  bounds: Bounds;
  zoom: number;
}

const RETRY_MS = [1000, 2000, 5000, 10_000, 20_000, 30_000];
const WATCH_DELAY_MS = 180;

export const link = signal<Link>({ state: 'connecting' });
/** What the server's clock is ahead of ours, in milliseconds. */
export const clockOffset = signal(0);

let connection: HubConnection | undefined;
let view: View | undefined;
let watched: Bounds | undefined;
let sequence = 0;
let attempt = 0;
let retryTimer: ReturnType<typeof setTimeout> | undefined;
let watchTimer: ReturnType<typeof setTimeout> | undefined;
let running = false;

/** Connects and stays connected until {@link stopLive}. */
export function startLive(): void {
  if (running) return;
  running = true;
  window.addEventListener('online', retryNow);
  void connect();
}

export function stopLive(): void {
  running = false;
  window.removeEventListener('online', retryNow);
  clearTimeout(retryTimer);
  void connection?.stop();
}

/** Tries to connect at once instead of waiting. */
export function retryNow(): void {
  if (link.value.state !== 'waiting') return;
  clearTimeout(retryTimer);
  void connect();
}

/** Asks for the reps of a viewport; calls in quick succession become one. */
export function watch(next: View): void {
  view = next;
  clearTimeout(watchTimer);
  watchTimer = setTimeout(() => void sendWatch(), WATCH_DELAY_MS);
}

async function connect(): Promise<void> {
  link.value = { state: 'connecting' };
  const hub = new HubConnectionBuilder()
    .withUrl('/hub/live')
    .withHubProtocol(new MessagePackHubProtocol())
    .configureLogging(LogLevel.None)
    .build();
  connection = hub;
  hub.on('Snapshot', (frame: Uint8Array) => receive(frame, true));
  hub.on('Positions', (frame: Uint8Array) => receive(frame, false));
  hub.on('Reps', (change: RepsChange) => applyReps(change));
  hub.on('Alert', (alert: Alert) => receiveAlert(alert));
  hub.onclose(() => {
    if (connection === hub) retryLater();
  });
  try {
    await hub.start();
    sequence = 0;
    await hub.invoke('ResumeAlerts', lastCursor());
    await sendWatch();
    const isReturn = attempt > 0;
    attempt = 0;
    link.value = { state: 'live' };
    if (isReturn) void loadFleet();
  } catch {
    if (connection === hub) {
      connection = undefined;
      await hub.stop().catch(() => {});
      retryLater();
    }
  }
}

function retryLater(): void {
  connection = undefined;
  if (!running) return;
  const delay = RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)]! * (0.8 + 0.4 * Math.random());
  link.value = { state: 'waiting', until: Date.now() + delay };
  clearTimeout(retryTimer);
  retryTimer = setTimeout(() => void connect(), delay);
}

async function sendWatch(): Promise<void> {
  if (!view || connection?.state !== 'Connected') return;
  const asked = view.bounds;
  await connection.invoke('Watch', { bounds: asked, zoom: view.zoom });
  watched = asked;
}

function receive(bytes: Uint8Array, isSnapshot: boolean): void {
  const frame = decodeFrame(bytes);
  clockOffset.value = frame.at - Date.now();
  const isGap = !isSnapshot && sequence !== 0 && frame.sequence !== sequence + 1;
  sequence = frame.sequence;
  if (isGap) void sendWatch().catch(() => {});
  else applyFrame(frame, watched);
}
