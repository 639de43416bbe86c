// Search, filters and the list of reps, of which only the visible rows exist.
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Fence } from '../fences.ts';
import { fleetState, fleetVersion, loadFleet, repCount, type Rep } from '../fleet.ts';
import { ago, count } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { fitBounds, flyTo } from '../map/map.ts';
import { counts, foundFences, now, query, selectFence, selectRep, selection, shownReps, statusFilter, type StatusFilter } from '../state.ts';
import { Icon } from './icons.tsx';
import { Battery, Empty, IconButton, Marker, motionText, Skeleton, Swatch } from './parts.tsx';

const ROW_REM = 3.25;
const OVERSCAN = 6;
const filters: readonly StatusFilter[] = ['live', 'stale', 'lost', 'offDuty', 'mock'];

export const searchId = 'search';

export function Search() {
  const open = () => {
    const [first] = shownReps.value;
    if (first) openRep(first);
  };
  return (
    <div class="search" role="search">
      <Icon name="search" />
      <input
        id={searchId} type="search" autocomplete="off" spellcheck={false} value={query.value} placeholder={t('search.placeholder')}
        aria-label={t('search.placeholder')}
        onInput={(event) => (query.value = event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') open();
          if (event.key === 'Escape') (query.value ? (query.value = '') : event.currentTarget.blur());
        }}
      />
      {query.value ? <IconButton icon="close" label={t('search.clear')} onClick={() => (query.value = '')} /> : <kbd>/</kbd>}
    </div>
  );
}

export function StatusChips() {
  const sums = counts.value;
  const toggle = (filter: StatusFilter) => (statusFilter.value = statusFilter.value === filter ? undefined : filter);
  return (
    <div class="chips" role="group" aria-label={t('nav.reps')}>
      <button type="button" class="chip" aria-pressed={statusFilter.value === undefined} onClick={() => (statusFilter.value = undefined)}>
        {t('status.all')} <b>{count(sums.all, lang.value)}</b>
      </button>
      {filters.map((filter) => (
        <button
          key={filter} type="button" class={`chip ${sums[filter] === 0 ? 'zero' : ''}`} title={t(`status.${filter}.about`)}
          aria-pressed={statusFilter.value === filter} onClick={() => toggle(filter)}
        >
          <i class={`dot ${filter}`} />{t(filter === 'mock' ? 'kind.mock' : `status.${filter}`)} <b>{count(sums[filter], lang.value)}</b>
        </button>
      ))}
    </div>
  );
}

export function openRep(rep: Rep): void {
  selectRep(rep.id);
  if (rep.hasPosition) flyTo(rep.longitude, rep.latitude, 13);
}

export function openFence(fence: Fence): void {
  selectFence(fence.id);
  fitBounds(fence.bounds);
}

export function RepList() {
  if (fleetState.value === 'failed') {
    return <Empty icon="warning" title={t('list.failed')} action={{ label: t('error.retry'), run: () => void loadFleet() }} />;
  }
  if (fleetState.value === 'loading') return <Skeleton rows={9} height="2.5rem" />;
  const reps = shownReps.value;
  return (
    <>
      <FoundFences />
      {reps.length > 0 ? <Rows reps={reps} /> : foundFences.value.length === 0 && <NoReps />}
    </>
  );
}

function NoReps() {
  if (repCount() === 0) return <Empty icon="people" title={t('list.none')} help={t('list.none.help')} />;
  const reset = () => {
    query.value = '';
    statusFilter.value = undefined;
  };
  return <Empty icon="search" title={t('list.noMatch')} help={t('list.noMatch.help')} action={{ label: t('list.resetFilters'), run: reset }} />;
}

function FoundFences() {
  const found = foundFences.value;
  if (found.length === 0) return null;
  return (
    <section>
      <h2 class="section-title">{t('search.fences')}</h2>
      {found.map((fence) => (
        <button key={fence.id} type="button" class="fence-row" onClick={() => openFence(fence)}>
          <Swatch purpose={fence.purpose} /><span class="ellipsis">{fence.name}</span><small>{t(`purpose.${fence.purpose}`)}</small>
        </button>
      ))}
      <h2 class="section-title">{t('search.reps')}</h2>
    </section>
  );
}

/** Where the list was scrolled to before a rep was opened. */
let rememberedTop = 0;

function Rows({ reps }: { reps: readonly Rep[] }) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const height = useSignal(800);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const rowHeight = ROW_REM * rem;
  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() => (height.value = element.clientHeight));
    observer.observe(element);
    element.scrollTop = rememberedTop;
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.floor(top.value / rowHeight) - OVERSCAN);
  const last = Math.min(reps.length, Math.ceil((top.value + height.value) / rowHeight) + OVERSCAN);
  return (
    <div
      ref={box} id="list" class="rows scroll" role="list" tabIndex={-1} aria-label={t('list.label', { n: reps.length })}
      onScroll={(event) => (rememberedTop = top.value = event.currentTarget.scrollTop)}
    >
      <div class="rows-inner" style={{ height: `${reps.length * rowHeight + 8}px` }}>
        {reps.slice(first, last).map((rep, i) => <Row key={rep.id} rep={rep} top={(first + i) * rowHeight + 4} index={first + i} total={reps.length} />)}
      </div>
    </div>
  );
}

function Row({ rep, top, index, total }: { rep: Rep; top: number; index: number; total: number }) {
  const isSelected = selection.value?.kind === 'rep' && selection.value.id === rep.id;
  void fleetVersion.value;
  return (
    <div role="listitem" aria-setsize={total} aria-posinset={index + 1}>
      <button type="button" class={`row ${isSelected ? 'selected' : ''}`} style={{ top: `${top}px` }} onClick={() => openRep(rep)}>
        <Marker rep={rep} />
        <span class="who">
          <span class="name ellipsis" style={{ display: 'block' }}>{rep.name}</span>
          <span class="sub ellipsis" style={{ display: 'block' }}>{motionText(rep)}</span>
        </span>
        <span class="right">
          {rep.hasPosition ? ago(rep.fixedAt, now.value, lang.value) : '–'}
          <Battery percent={rep.batteryPct} />
        </span>
      </button>
    </div>
  );
}
