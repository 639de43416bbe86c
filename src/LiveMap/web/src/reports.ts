// Reports of teams: which one is shown, of whom and of when, and its rows.
import { batch, computed, effect, signal } from '@preact/signals';
import { ApiError, getAll } from './api.ts';
import { allReps, rosterVersion, type LoadState } from './fleet.ts';
import { addDays, dayOf } from './format.ts';
import { stored, store } from './storage.ts';
import type { ReportAddress } from './url.ts';

export const reportNames = ['mileage', 'visits', 'attendance', 'exceptions'] as const;
export type ReportName = (typeof reportNames)[number];
export type Row = Record<string, string | number | undefined>;

/** Rows that a page loads; the CSV has them all. */
const MAX_ROWS = 5000;

/** The report that covers the map; undefined: none does. */
export const reportName = signal<ReportName | undefined>(undefined);
export const reportGroup = signal('');
export const reportBy = signal<'day' | 'rep'>(stored('reportBy') === 'day' ? 'day' : 'rep');
export const reportFrom = signal(addDays(dayOf(Date.now()), -6));
export const reportTo = signal(dayOf(Date.now()));
export const rows = signal<readonly Row[]>([]);
export const rowsState = signal<LoadState>('loading');
export const sortBy = signal<{ column: string; down: boolean } | undefined>(undefined);

effect(() => store('reportBy', reportBy.value));

export const isReportName = (text: string): text is ReportName => (reportNames as readonly string[]).includes(text);

/** What of a report its address holds. */
export const reportAddress = computed<ReportAddress | undefined>(() => (reportName.value === undefined ? undefined : {
  name: reportName.value, from: reportFrom.value, to: reportTo.value, by: reportBy.value, group: reportGroup.value,
}));

/** Shows what an address names; a report that does not exist is none. */
export function openReport({ name, from, to, by, group }: ReportAddress): void {
  if (!isReportName(name)) return;
  batch(() => {
    if (from && to) [reportFrom.value, reportTo.value] = [from, to];
    if (by === 'day' || by === 'rep') reportBy.value = by;
    reportGroup.value = group ?? '';
    reportName.value = name;
  });
}

/** Groups of reps, with those around them. */
export const groups = computed(() => {
  void rosterVersion.value;
  const paths = new Set<string>();
  for (const { group } of allReps()) {
    const parts = group.split('/').filter((part) => part !== '');
    for (let i = 1; i <= parts.length; i++) paths.add(parts.slice(0, i).join('/'));
  }
  return [...paths].sort();
});

/** Where the report is read; the same with `format=csv` is the file. */
export const reportPath = computed(() => {
  if (reportName.value === undefined) return undefined;
  const params = new URLSearchParams({ from: reportFrom.value, to: reportTo.value, by: reportBy.value });
  if (reportGroup.value) params.set('group', reportGroup.value);
  return `/v1/reports/${reportName.value}?${params}`;
});

export const csvPath = computed(() => (reportPath.value === undefined ? undefined : `${reportPath.value}&format=csv&bom=true`));

/** The rows in the order that was clicked; as they came otherwise. */
export const sortedRows = computed(() => {
  const sort = sortBy.value;
  if (!sort) return rows.value;
  const collator = new Intl.Collator(undefined, { numeric: true });
  const value = (row: Row) => row[sort.column] ?? '';
  return [...rows.value].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : collator.compare(String(x), String(y));
    return sort.down ? -order : order;
  });
});

let request: AbortController | undefined;

effect(() => {
  const path = reportPath.value;
  request?.abort();
  batch(() => {
    rows.value = [];
    sortBy.value = undefined;
    rowsState.value = 'loading';
  });
  if (path !== undefined) void load(path);
});

/** Loads the report again. */
export function reloadReport(): void {
  const path = reportPath.value;
  if (path !== undefined) void load(path);
}

async function load(path: string): Promise<void> {
  request?.abort();
  const mine = (request = new AbortController());
  try {
    const next = await getAll<Row>(path, 'rows', MAX_ROWS, mine.signal);
    if (mine.signal.aborted) return;
    batch(() => {
      rows.value = next;
      rowsState.value = 'ready';
    });
  } catch (error) {
    if (mine.signal.aborted) return;
    rowsState.value = 'failed';
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Spans of days that people ask for, ending today at the latest. */
export function period(name: 'week' | 'lastWeek' | 'month' | 'lastMonth'): { from: string; to: string } {
  const today = dayOf(Date.now());
  const monday = addDays(today, -((new Date(`${today}T00:00:00Z`).getUTCDay() + 6) % 7));
  const first = `${today.slice(0, 8)}01`;
  if (name === 'week') return { from: monday, to: today };
  if (name === 'lastWeek') return { from: addDays(monday, -7), to: addDays(monday, -1) };
  if (name === 'month') return { from: first, to: today };
  const last = addDays(first, -1);
  return { from: `${last.slice(0, 8)}01`, to: last };
}
