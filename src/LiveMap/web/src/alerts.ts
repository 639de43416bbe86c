// The alert feed: the last day, and what comes in live.
import { computed, signal } from '@preact/signals';
import { ApiError, get, type Alert } from './api.ts';
import type { LoadState } from './fleet.ts';
import { stored, store } from './storage.ts';

export type AlertGroup = 'fence' | 'signal' | 'mock' | 'other';

const HISTORY_MS = 24 * 3_600_000;
/** What the feed keeps; older alerts stand in the API. */
const MAX_ALERTS = 2000;

/** Newest first. */
export const alerts = signal<readonly Alert[]>([]);
export const alertsState = signal<LoadState>('loading');
export const alertFilter = signal<AlertGroup | undefined>(undefined);
/** Everything up to this cursor has been seen. */
const readCursor = signal(Number(stored('read') ?? -1));
export const soundOn = signal(stored('sound') === 'on');
/** The newest critical alert that came in live, for the screen reader's ear. */
export const announced = signal<Alert | undefined>(undefined);
/** How long an alert that came in live is drawn as fresh. */
const FRESH_MS = 2400;
const arrivals = new Map<string, number>();

/** Whether an alert has just come in. */
export const isFresh = (alert: Alert): boolean => performance.now() - (arrivals.get(alert.id) ?? -Infinity) < FRESH_MS;

export const shownAlerts = computed(() => {
  const filter = alertFilter.value;
  return filter === undefined ? alerts.value : alerts.value.filter((alert) => groupOf(alert.kind) === filter);
});
export const unread = computed(() => alerts.value.reduce((sum, alert) => sum + (isUnread(alert) ? 1 : 0), 0));
export const isUnread = (alert: Alert): boolean => readCursor.value >= 0 && Number(alert.cursor) > readCursor.value;

export function groupOf(kind: string): AlertGroup {
  if (kind.startsWith('geofence') || kind === 'offArea') return 'fence';
  if (kind.startsWith('signal')) return 'signal';
  return kind.startsWith('mock') ? 'mock' : 'other';
}

/** The newest cursor that is known, to resume from; null: none. */
export const lastCursor = (): number | null => alerts.value.reduce<number | null>((last, alert) => Math.max(last ?? 0, Number(alert.cursor)), null);

/** Loads the last day's alerts. */
export async function loadAlerts(): Promise<void> {
  try {
    const from = new Date(Date.now() - HISTORY_MS).toISOString();
    const page = await get<{ alerts: Alert[] }>(`/v1/alerts?latest=1000&from=${encodeURIComponent(from)}`);
    merge(page.alerts);
    // A first visit does not greet with hundreds of unread alerts.
    if (readCursor.value < 0) markAllRead();
    alertsState.value = 'ready';
  } catch (error) {
    if (alertsState.value === 'loading') alertsState.value = 'failed';
    if (!(error instanceof ApiError)) throw error;
  }
}

/** The alerts that opened the newest mock case of each rep, as far as they were asked for. */
const suspicions = signal<ReadonlyMap<string, Alert>>(new Map());

/** What opened a rep's newest mock case, which may be older than the feed. */
export const suspicionOf = (repId: string): Alert | undefined =>
  alerts.value.find((alert) => alert.repId === repId && alert.kind === 'mockSuspected') ?? suspicions.value.get(repId);

export async function loadSuspicion(repId: string): Promise<void> {
  if (suspicionOf(repId)) return;
  try {
    const page = await get<{ alerts: Alert[] }>(`/v1/alerts?latest=1&kind=mockSuspected&rep=${encodeURIComponent(repId)}`);
    const [found] = page.alerts;
    if (found) suspicions.value = new Map([...suspicions.value, [repId, found]]);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Takes an alert of the hub; one that is known already is dropped. */
export function receiveAlert(alert: Alert): void {
  if (alerts.value.some((known) => known.id === alert.id)) return;
  arrivals.set(alert.id, performance.now());
  setTimeout(() => arrivals.delete(alert.id), FRESH_MS);
  merge([alert]);
  if (alert.severity === 'critical') announced.value = alert;
  if (soundOn.value && alert.severity !== 'info') chime(alert.severity === 'critical');
}

function merge(more: readonly Alert[]): void {
  const known = new Map([...alerts.value, ...more].map((alert) => [alert.id, alert]));
  alerts.value = [...known.values()].sort((a, b) => Number(b.cursor) - Number(a.cursor)).slice(0, MAX_ALERTS);
}

export function markAllRead(): void {
  readCursor.value = lastCursor() ?? 0;
  store('read', String(readCursor.value));
}

export function toggleSound(): void {
  soundOn.value = !soundOn.value;
  store('sound', soundOn.value ? 'on' : 'off');
  if (soundOn.value) chime(false);
}

let audio: AudioContext | undefined;
/** Two soft tones, made on the spot: no file to load. */
function chime(isCritical: boolean): void {
  audio ??= new AudioContext();
  const notes = isCritical ? [880, 660, 880] : [660, 880];
  notes.forEach((frequency, i) => {
    const oscillator = audio!.createOscillator();
    const gain = audio!.createGain();
    const begin = audio!.currentTime + i * 0.14;
    oscillator.frequency.value = frequency;
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(0.12, begin + 0.01);
    gain.gain.exponentialRampToValueAtTime(0.001, begin + 0.3);
    oscillator.connect(gain).connect(audio!.destination);
    oscillator.start(begin);
    oscillator.stop(begin + 0.32);
  });
}
