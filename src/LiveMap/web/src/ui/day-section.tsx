// A rep's day: mileage, the strip from midnight to midnight, the journey as a list.
import type { DayDto } from '../api.ts';
import { colouring, day, episodes, playhead, reloadDay, report, reportState, selectedZone, showDay, shownDay, today, trail } from '../day.ts';
import { fenceById } from '../fences.ts';
import { addDays, clock, dayBegin, dayName, distance, duration, speed } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { fitBounds, fitTrail, flyTo } from '../map/map.ts';
import { dark, light } from '../map/palette.ts';
import { boundsOf } from '../geo.ts';
import { isDark, now } from '../state.ts';
import { speedClasses, type Episode } from '../trail.ts';
import { IconButton, Skeleton } from './parts.tsx';

export function DaySection() {
  const data = report.value;
  return (
    <div class="block day">
      <DayHead />
      {reportState.value === 'failed' && (
        <p class="muted">{t('day.failed')} · <button type="button" class="text-button" onClick={reloadDay}>{t('error.retry')}</button></p>
      )}
      {reportState.value === 'loading' && <Skeleton rows={3} height="1.5rem" />}
      {data && <DayReport data={data} />}
    </div>
  );
}

function DayHead() {
  const shown = shownDay();
  const isToday = day.value === undefined;
  return (
    <div class="day-head">
      <label class="day-name">
        {isToday ? `${t('day.today')} · ` : ''}{dayName(shown, lang.value)}
        <input
          type="date" aria-label={t('day.pick')} value={shown} max={today()}
          onClick={(event) => event.currentTarget.showPicker?.()} onChange={(event) => event.currentTarget.value && showDay(event.currentTarget.value)}
        />
      </label>
      <span class="spacer" />
      <IconButton icon="back" label={t('day.previous')} onClick={() => showDay(addDays(shown, -1))} />
      <IconButton icon="next" label={t('day.next')} disabled={isToday} onClick={() => showDay(addDays(shown, 1))} />
    </div>
  );
}

function DayReport({ data }: { data: DayDto }) {
  if (episodes.value.length === 0 && trail.value.length < 2) return <p class="muted">{t('day.empty')}</p>;
  const rejected = (data.rejected ?? []).reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      <dl class="figures">
        <div><dt>{t('day.driven')}</dt><dd>{distance(data.acceptedM)}</dd></div>
        <div><dt>{t('day.moving')}</dt><dd>{duration(data.movingS, lang.value)}</dd></div>
        <div><dt>{t('day.stopped')}</dt><dd>{duration(data.stoppedS, lang.value)}</dd></div>
      </dl>
      <Strip />
      <Colouring />
      <ol class="journey">{episodes.value.map((episode) => <Leg key={`${episode.kind}${episode.beganAt}`} episode={episode} />)}</ol>
      {data.inferredM >= 1 && <p class="muted">{t('day.inferred', { km: distance(data.inferredM) })}</p>}
      {rejected > 0 && <p class="muted">{t('day.rejected', { n: rejected })}</p>}
    </>
  );
}

/** The day from midnight to midnight; the pointer's instant is shown on the map. */
function Strip() {
  const zone = selectedZone.value;
  const shown = shownDay();
  const begin = dayBegin(shown, zone);
  const span = dayBegin(addDays(shown, 1), zone) - begin;
  const percent = (at: number) => `${(Math.max(0, Math.min(1, (at - begin) / span)) * 100).toFixed(3)}%`;
  const width = (from: number, to: number) => `${((Math.min(to, begin + span) - Math.max(from, begin)) / span * 100).toFixed(3)}%`;
  const point = (event: PointerEvent) => {
    const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
    playhead.value = begin + ((event.clientX - box.left) / box.width) * span;
  };
  return (
    <>
      <div class="strip" role="img" aria-label={t('day.strip')} onPointerMove={point} onPointerLeave={() => (playhead.value = undefined)} onClick={fitTrail}>
        {episodes.value.map((episode) => (
          <i key={`${episode.kind}${episode.beganAt}`} class={episode.kind} style={{ left: percent(episode.beganAt), width: width(episode.beganAt, episode.endedAt) }} />
        ))}
        {day.value === undefined && <i class="now" style={{ left: percent(now.value) }} />}
        {playhead.value !== undefined && <i class="cursor" style={{ left: percent(playhead.value) }} />}
      </div>
      <div class="hours" aria-hidden="true">
        {playhead.value === undefined ? ['00', '06', '12', '18', '24'].map((hour) => <span key={hour}>{hour}</span>) : <span>{clock(playhead.value, lang.value, zone)}</span>}
      </div>
    </>
  );
}

function Colouring() {
  const palette = isDark.value ? dark : light;
  return (
    <div class="colouring">
      <div class="segmented" role="group" aria-label={t('day.colour')}>
        {(['speed', 'time'] as const).map((way) => (
          <button key={way} type="button" aria-pressed={colouring.value === way} onClick={() => (colouring.value = way)}>{t(way === 'speed' ? 'day.bySpeed' : 'day.byTime')}</button>
        ))}
      </div>
      {colouring.value === 'speed' ? (
        <div class="scale" title="km/h">
          {palette.speed.map((color, i) => <span key={color} style={{ background: color }}>{i < speedClasses.length && <em>{speedClasses[i]}</em>}</span>)}
        </div>
      ) : <div class="scale"><span style={{ background: `linear-gradient(90deg, ${palette.time[0]}, ${palette.time[1]})`, borderRadius: '0.125rem' }} /></div>}
    </div>
  );
}

function Leg({ episode }: { episode: Episode }) {
  const seconds = (episode.endedAt - episode.beganAt) / 1000;
  const at = playhead.value;
  const isHere = at !== undefined && at >= episode.beganAt && at < episode.endedAt;
  return (
    <li>
      <button type="button" class={isHere ? 'here' : ''} onClick={() => showLeg(episode)}>
        <time>{clock(episode.beganAt, lang.value, selectedZone.value)}</time>
        <span class="mark">{episode.kind === 'stop' ? <i class="num" style={{ fontStyle: 'normal' }}>{episode.number}</i> : <i class={episode.kind === 'trip' ? 'bar' : 'hatch'} />}</span>
        <span class="ellipsis">{legText(episode)}</span>
        <span class="side">{duration(seconds, lang.value)}</span>
      </button>
    </li>
  );
}

function legText(episode: Episode) {
  if (episode.kind === 'trip') {
    const { distanceM, maxSpeedMps } = episode.trip;
    return <><b>{distance(distanceM)}</b> {maxSpeedMps !== undefined && <span class="muted">{t('day.max', { speed: speed(maxSpeedMps) })}</span>}</>;
  }
  if (episode.kind === 'gap') return <span class="muted">{t('day.gap')}</span>;
  const within = (episode.stop.geofenceIds ?? []).map(fenceById).filter((fence) => fence !== undefined);
  // The customer says more than the district around it.
  const telling = within.some((fence) => fence.purpose !== 'workArea') ? within.filter((fence) => fence.purpose !== 'workArea') : within;
  return <><b>{telling.length > 0 ? telling.map((fence) => fence.name).join(', ') : t('day.stop')}</b><Verdict episode={episode} /></>;
}

/** What the rules say of a visit during a stop; the customer's fence may be entered before and left after it. */
function Verdict({ episode }: { episode: Episode }) {
  const visit = report.value?.visits?.find(({ beganAt, endedAt }) => Date.parse(beganAt) < episode.endedAt && Date.parse(endedAt) > episode.beganAt);
  if (!visit) return null;
  return <span class={`verdict ${visit.verdict}`} title={duration(visit.dwellS, lang.value)}>{t(`visit.${visit.verdict}`)}{visit.planned ? ` · ${t('visit.planned')}` : ''}</span>;
}

function showLeg(episode: Episode): void {
  if (episode.kind === 'stop') return flyTo(episode.stop.longitude, episode.stop.latitude, 15);
  const points = trail.value.filter(({ at }) => at >= episode.beganAt && at <= episode.endedAt);
  const bounds = boundsOf(points.map((point): [number, number] => [point.longitude, point.latitude]));
  if (bounds) fitBounds(bounds);
}
