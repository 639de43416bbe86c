// What the page shows: selection, filters, panels, theme. The address mirrors the part worth sharing.
import { computed, effect, signal } from '@preact/signals';
import type { Status } from './api.ts';
import { allReps, fleetVersion, rosterVersion, type Rep } from './fleet.ts';
import { fences } from './fences.ts';
import { stored, store } from './storage.ts';

export type Selection = { kind: 'rep'; id: string } | { kind: 'fence'; id: string } | undefined;
export type Theme = 'auto' | 'light' | 'dark';
export type StatusFilter = Status | 'mock';
export type Session = 'unknown' | 'in' | 'out';

export const session = signal<Session>('unknown');
export const selection = signal<Selection>(undefined);
export const following = signal(false);
export const query = signal('');
export const statusFilter = signal<StatusFilter | undefined>(undefined);
export const sidebarOpen = signal(stored('sidebar') !== 'closed');
export const alertsOpen = signal(stored('alerts') !== 'closed');
export const helpOpen = signal(false);
export const wall = signal(false);
export const showFences = signal(stored('fences') !== 'off');
export const showNames = signal(stored('names') !== 'off');
/** The phone's bottom sheet: what it holds and how far it is drawn up. */
export const sheetTab = signal<'reps' | 'alerts'>('reps');
export const sheetUp = signal(false);

const isTheme = (text: string | undefined): text is Theme => text === 'light' || text === 'dark' || text === 'auto';
const storedTheme = stored('theme');
export const theme = signal<Theme>(isTheme(storedTheme) ? storedTheme : 'auto');
const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(prefersDark.matches);
prefersDark.addEventListener('change', () => (systemDark.value = prefersDark.matches));
export const isDark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value));
effect(() => {
  document.documentElement.dataset['theme'] = isDark.value ? 'dark' : 'light';
});

effect(() => {
  document.documentElement.classList.toggle('wall', wall.value);
});

const narrow = matchMedia('(max-width: 760px)');
export const isPhone = signal(narrow.matches);
narrow.addEventListener('change', () => (isPhone.value = narrow.matches));

/** Time as the page shows it: moves on once a second. */
export const now = signal(Date.now());
setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1000);

effect(() => store('sidebar', sidebarOpen.value ? 'open' : 'closed'));
effect(() => store('alerts', alertsOpen.value ? 'open' : 'closed'));
effect(() => store('fences', showFences.value ? 'on' : 'off'));
effect(() => store('names', showNames.value ? 'on' : 'off'));
effect(() => store('theme', theme.value));

export type Counts = Record<StatusFilter | 'all', number>;

export const counts = computed<Counts>(() => {
  void fleetVersion.value;
  const sum: Counts = { all: 0, live: 0, stale: 0, lost: 0, offDuty: 0, mock: 0 };
  for (const rep of allReps()) {
    sum.all++;
    sum[rep.status]++;
    if (rep.mock) sum.mock++;
  }
  return sum;
});

const collator = new Intl.Collator(undefined, { numeric: true });
const byName = (a: Rep, b: Rep) => collator.compare(a.name, b.name) || (a.id < b.id ? -1 : 1);

/** Everybody by name, with the text that a search looks through. */
const roster = computed(() => {
  void rosterVersion.value;
  return [...allReps()].sort(byName).map((rep) => ({ rep, text: `${rep.name}\n${rep.id}\n${rep.group}`.toLocaleLowerCase() }));
});

/** The reps of the list: filtered, by name. */
export const shownReps = computed<readonly Rep[]>(() => {
  const needle = query.value.trim().toLocaleLowerCase();
  const filter = statusFilter.value;
  // Without a filter no position and no status changes who is listed: only the rows themselves are drawn anew.
  if (filter !== undefined) void fleetVersion.value;
  return roster.value.filter(({ rep, text }) => passes(rep, filter) && text.includes(needle)).map(({ rep }) => rep);
});

/** Whether a rep is within the status filter; the map dims the others. */
export const passes = (rep: Rep, filter: StatusFilter | undefined): boolean =>
  filter === undefined || (filter === 'mock' ? rep.mock : rep.status === filter);

export const foundFences = computed(() => {
  const needle = query.value.trim().toLocaleLowerCase();
  return needle === '' ? [] : fences.value.filter((fence) => fence.name.toLocaleLowerCase().includes(needle)).slice(0, 5);
});

export function selectRep(id: string): void {
  const isOther = selection.value?.kind !== 'rep' || selection.value.id !== id;
  selection.value = { kind: 'rep', id };
  if (isOther) following.value = false;
  reveal();
}

export function selectFence(id: string): void {
  selection.value = { kind: 'fence', id };
  following.value = false;
  reveal();
}

function reveal(): void {
  sheetTab.value = 'reps';
  if (isPhone.value) sheetUp.value = true;
  else if (!wall.value) sidebarOpen.value = true;
}

export function deselect(): void {
  selection.value = undefined;
  following.value = false;
}

/** Selects the rep before or after the selected one in the list. */
export function stepSelection(step: 1 | -1): void {
  const list = shownReps.value;
  if (list.length === 0) return;
  const current = selection.value?.kind === 'rep' ? selection.value.id : undefined;
  const index = list.findIndex((rep) => rep.id === current);
  const next = index < 0 ? (step > 0 ? 0 : list.length - 1) : (index + step + list.length) % list.length;
  selectRep(list[next]!.id);
}
