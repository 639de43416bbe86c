// How each report's columns are written. Pure.
import { clock, count, dayName, distance, duration, type Lang } from './format.ts';
import type { Key } from './i18n/en.ts';
import type { ReportName, Row } from './reports.ts';

export type ColumnKind = 'text' | 'day' | 'distance' | 'duration' | 'count' | 'clock';

export interface Column {
  name: string;
  label: Key;
  kind: ColumnKind;
  /** Left out of the rows of a whole period, because it says something of one day only. */
  ofDay?: boolean;
  /** Anything above 0 wants to be seen. */
  notable?: boolean;
  /** The first that a phone does without. */
  aside?: boolean;
}

const who: Column[] = [
  { name: 'name', label: 'report.rep', kind: 'text' },
  { name: 'group', label: 'rep.group', kind: 'text', aside: true },
  { name: 'date', label: 'report.date', kind: 'day', ofDay: true },
];

const counts = (notable: boolean, ...names: [string, Key][]): Column[] => names.map(([name, label]) => ({ name, label, kind: 'count', ...(notable && { notable }) }));

export const columns: Record<ReportName, readonly Column[]> = {
  mileage: [
    ...who,
    { name: 'paidM', label: 'report.paid', kind: 'distance' },
    { name: 'acceptedM', label: 'report.accepted', kind: 'distance' },
    { name: 'inferredM', label: 'report.inferred', kind: 'distance' },
    { name: 'doubtedM', label: 'report.doubted', kind: 'distance', notable: true },
    { name: 'rawM', label: 'report.raw', kind: 'distance' },
    ...counts(false, ['trips', 'day.trips']),
    { name: 'movingS', label: 'day.moving', kind: 'duration' },
    { name: 'stoppedS', label: 'day.stopped', kind: 'duration' },
  ],
  visits: [
    ...who,
    ...counts(false, ['visits', 'report.visits'], ['planned', 'report.planned'], ['plannedDone', 'report.done']),
    ...counts(true, ['plannedMissed', 'report.missed'], ['tooShort', 'report.tooShort'], ['doubted', 'report.doubtedVisits']),
    ...counts(false, ['unplanned', 'report.unplanned']),
    { name: 'dwellS', label: 'report.dwell', kind: 'duration' },
  ],
  attendance: [
    ...who,
    { name: 'firstMovedAt', label: 'report.firstMoved', kind: 'clock', ofDay: true },
    { name: 'lastMovedAt', label: 'report.lastMoved', kind: 'clock', ofDay: true },
    { name: 'onDutyS', label: 'report.onDuty', kind: 'duration' },
    { name: 'movingS', label: 'day.moving', kind: 'duration' },
    { name: 'stoppedS', label: 'day.stopped', kind: 'duration' },
    ...counts(true, ['gaps', 'report.gaps']),
    { name: 'gapS', label: 'report.gapTime', kind: 'duration' },
    { name: 'gapReasons', label: 'report.gapReasons', kind: 'text', ofDay: true },
  ],
  exceptions: [
    ...who,
    ...counts(true, ['mockCases', 'report.mockCases'], ['signalLosses', 'report.signalLosses'], ['longStops', 'report.longStops'], ['visitsMissed', 'report.missed'],
      ['visitsTooShort', 'report.tooShort'], ['visitsDoubted', 'report.doubtedVisits'], ['overspeeds', 'report.overspeeds'],
      ['checkInsRefused', 'report.checkInsRefused'], ['offAreas', 'report.offAreas'], ['sos', 'report.sos']),
  ],
};

export const shownColumns = (report: ReportName, by: 'day' | 'rep'): Column[] => columns[report].filter((column) => by === 'day' || !column.ofDay);

export const isNumeric = (column: Column): boolean => column.kind !== 'text' && column.kind !== 'day';

/** What a cell shows; a dash where nothing is known or nothing was done. */
export function cellText(column: Column, value: string | number | undefined, lang: Lang, zone?: string): string {
  if (value === undefined || value === '') return column.kind === 'text' ? '' : '–';
  if (column.kind === 'text') return String(value);
  if (column.kind === 'day') return dayName(String(value), lang);
  if (column.kind === 'clock') return clock(Date.parse(String(value)), lang, zone);
  const number = Number(value);
  if (number === 0) return '–';
  if (column.kind === 'distance') return distance(number);
  return column.kind === 'duration' ? duration(number, lang) : count(number, lang);
}

/** The sum of a column; undefined where its cells do not add up. */
export function total(column: Column, rows: readonly Row[]): number | undefined {
  if (column.kind !== 'distance' && column.kind !== 'duration' && column.kind !== 'count') return undefined;
  return rows.reduce((sum, row) => sum + Number(row[column.name] ?? 0), 0);
}

/** How a cell of a column looks, besides what it says. */
export const cellClass = (column: Column): string => `${isNumeric(column) ? 'num' : ''}${column.aside ? 'aside' : ''}`;
