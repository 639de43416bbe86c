// The reports of a team, in the place of the map: which, of whom, of when; a table, its sums, and the file.
import { useEffect, useRef } from 'preact/hooks';
import { day } from '../day.ts';
import { repById } from '../fleet.ts';
import { count, dayName, dayOf } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { cellClass, cellText, isNumeric, shownColumns, total, type Column } from '../report-columns.ts';
import {
  csvPath, groups, period, reloadReport, reportBy, reportFrom, reportGroup, reportName, reportNames, reportTo, rows, rowsState, sortBy, sortedRows, type Row,
} from '../reports.ts';
import { selectRep } from '../state.ts';
import { Icon } from './icons.tsx';
import { Empty, IconButton, Skeleton } from './parts.tsx';

/** More rows make a page slow and nobody wiser; the file has them all. */
const MAX_SHOWN = 500;
const periods = ['week', 'lastWeek', 'month', 'lastMonth'] as const;

export function ReportsView() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <main class="reports">
      <header class="reports-head">
        <IconButton icon="back" label={`${t('report.back')} (Esc)`} onClick={() => (reportName.value = undefined)} />
        <h2 tabIndex={-1} ref={heading}>{t('report.title')}</h2>
        <div class="segmented" role="group" aria-label={t('report.title')}>
          {reportNames.map((name) => (
            <button key={name} type="button" aria-pressed={reportName.value === name} onClick={() => (reportName.value = name)}>{t(`report.${name}`)}</button>
          ))}
        </div>
        <span class="spacer" />
        <a class="button" href={csvPath.value} download><Icon name="download" />CSV</a>
      </header>
      <Questions />
      <Table />
    </main>
  );
}

function Questions() {
  const choose = (name: (typeof periods)[number]) => {
    const { from, to } = period(name);
    reportFrom.value = from;
    reportTo.value = to;
  };
  const isChosen = (name: (typeof periods)[number]) => period(name).from === reportFrom.value && period(name).to === reportTo.value;
  return (
    <div class="questions">
      <label>
        <span>{t('rep.group')}</span>
        <select value={reportGroup.value} onChange={(event) => (reportGroup.value = event.currentTarget.value)}>
          <option value="">{t('report.everybody')}</option>
          {groups.value.map((path) => <option key={path} value={path}>{path.replaceAll('/', ' / ')}</option>)}
        </select>
      </label>
      <label><span>{t('report.from')}</span><DayInput value={reportFrom.value} max={reportTo.value} onPick={(picked) => (reportFrom.value = picked)} /></label>
      <label><span>{t('report.to')}</span><DayInput value={reportTo.value} min={reportFrom.value} max={dayOf(Date.now())} onPick={(picked) => (reportTo.value = picked)} /></label>
      <div class="segmented" role="group" aria-label={t('report.period')}>
        {periods.map((name) => <button key={name} type="button" aria-pressed={isChosen(name)} onClick={() => choose(name)}>{t(`report.${name}`)}</button>)}
      </div>
      <div class="segmented" role="group" aria-label={t('report.by')}>
        {(['rep', 'day'] as const).map((by) => (
          <button key={by} type="button" aria-pressed={reportBy.value === by} onClick={() => (reportBy.value = by)}>{t(by === 'rep' ? 'report.byRep' : 'report.byDay')}</button>
        ))}
      </div>
    </div>
  );
}

function DayInput({ value, min, max, onPick }: { value: string; min?: string; max: string; onPick: (day: string) => void }) {
  return <input type="date" required value={value} {...(min && { min })} max={max} onChange={(event) => event.currentTarget.validity.valid && onPick(event.currentTarget.value)} />;
}

function Table() {
  const name = reportName.value;
  if (name === undefined) return null;
  if (rowsState.value === 'loading') return <Skeleton rows={10} height="1.75rem" />;
  if (rowsState.value === 'failed') return <Empty icon="warning" title={t('report.failed')} action={{ label: t('error.retry'), run: reloadReport }} />;
  if (rows.value.length === 0) return <Empty icon="people" title={t('report.none')} help={t('report.none.help')} />;
  const columns = shownColumns(name, reportBy.value);
  const shown = sortedRows.value.slice(0, MAX_SHOWN);
  return (
    <div class="table-area scroll" tabIndex={0} role="region" aria-label={t(`report.${name}`)}>
      <table>
        <caption class="visually-hidden">{t(`report.${name}`)}, {dayName(reportFrom.value, lang.value)} – {dayName(reportTo.value, lang.value)}</caption>
        <thead><tr>{columns.map((column) => <HeadCell key={column.name} column={column} />)}</tr></thead>
        <tbody>{shown.map((row) => <TableRow key={`${row['repId']} ${row['date'] ?? ''}`} row={row} columns={columns} />)}</tbody>
        <tfoot>
          <tr>
            {columns.map((column, i) => {
              const sum = total(column, rows.value);
              return i === 0
                ? <th key={column.name} scope="row">{t('report.total', { n: count(rows.value.length, lang.value) })}</th>
                : <td key={column.name} class={cellClass(column)}>{sum === undefined ? '' : cellText(column, sum, lang.value)}</td>;
            })}
          </tr>
        </tfoot>
      </table>
      {rows.value.length > shown.length && <p class="muted">{t('report.more', { n: count(shown.length, lang.value), all: count(rows.value.length, lang.value) })}</p>}
    </div>
  );
}

function HeadCell({ column }: { column: Column }) {
  const sort = sortBy.value?.column === column.name ? sortBy.value : undefined;
  // Numbers are first wanted from the top: who drove most, who missed most.
  const click = () => (sortBy.value = { column: column.name, down: sort ? !sort.down : isNumeric(column) });
  return (
    <th scope="col" class={cellClass(column)} aria-sort={sort ? (sort.down ? 'descending' : 'ascending') : 'none'}>
      <button type="button" onClick={click}>{t(column.label)}<i aria-hidden="true">{sort ? (sort.down ? '↓' : '↑') : ''}</i></button>
    </th>
  );
}

function TableRow({ row, columns }: { row: Row; columns: readonly Column[] }) {
  const id = String(row['repId']);
  const zone = repById(id)?.timeZone;
  const open = () => {
    day.value = typeof row['date'] === 'string' && row['date'] < dayOf(Date.now(), zone) ? row['date'] : undefined;
    reportName.value = undefined;
    selectRep(id);
  };
  return (
    <tr>
      {columns.map((column, i) => {
        const value = row[column.name];
        const text = cellText(column, value, lang.value, zone);
        if (i === 0) return <th key={column.name} scope="row"><button type="button" class="text-button" title={t('report.openDay')} onClick={open}>{text || id}</button></th>;
        const classes = `${cellClass(column)} ${column.notable && Number(value) > 0 ? 'notable' : ''} ${text === '–' ? 'nil' : ''}`.trim();
        return <td key={column.name} class={classes}>{column.name === 'group' ? text.replaceAll('/', ' / ') : text}</td>;
      })}
    </tr>
  );
}
