// Everything about the selected rep.
import { useEffect, useRef } from 'preact/hooks';
import { alerts, loadSuspicion, suspicionOf } from '../alerts.ts';
import type { Alert } from '../api.ts';
import { report, selectedZone, shownDay } from '../day.ts';
import { fenceById } from '../fences.ts';
import { fleetState, fleetVersion, repById, type Rep } from '../fleet.ts';
import { ago, browserZone, clockSeconds, compass, dateTime, dayOf, percent, speed } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { flyTo } from '../map/map.ts';
import { deselect, following, now } from '../state.ts';
import { AlertItem } from './alert-feed.tsx';
import { DaySection } from './day-section.tsx';
import { Icon } from './icons.tsx';
import { Empty, IconButton, Skeleton, StatusPill, Swatch } from './parts.tsx';
import { openFence } from './rep-list.tsx';

/** From this score on the evidence is worth a line. */
const NOTEWORTHY_SCORE = 0.15;
const MAX_ALERTS = 30;

export function RepDetail({ id }: { id: string }) {
  void fleetVersion.value;
  const rep = repById(id);
  if (!rep) {
    return (
      <div class="detail scroll">
        <Head title={id} />
        {fleetState.value === 'loading' ? <Skeleton rows={5} height="2rem" /> : <Empty icon="people" title={t('rep.missing')} />}
      </div>
    );
  }
  return (
    <section class="detail scroll" aria-label={rep.name} key={id}>
      <Head title={rep.name} />
      <div class="under-head">
        <StatusPill kind={rep.status} />
        {rep.mock && <StatusPill kind="mock" />}
        {rep.hasPosition && rep.status !== 'lost' && rep.status !== 'offDuty' && <span>{t(`motion.${rep.motion}`)}</span>}
        {rep.group && <span class="ellipsis" title={t('rep.group')}>{rep.group.replaceAll('/', ' / ')}</span>}
      </div>
      <Actions rep={rep} />
      <Facts rep={rep} />
      <Mock rep={rep} />
      <Inside rep={rep} />
      <DaySection />
      <RepAlerts id={id} />
      <p class="block muted">{t('rep.zone', { zone: selectedZone.value ?? browserZone() })}</p>
    </section>
  );
}

export function Head({ title }: { title: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // The row that had the focus is gone: a screen reader goes on with what it opened.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <header class="detail-head">
      <IconButton icon="back" label={`${t('rep.back')} (Esc)`} onClick={deselect} />
      <h2 class="ellipsis" tabIndex={-1} ref={heading}>{title}</h2>
    </header>
  );
}

function Actions({ rep }: { rep: Rep }) {
  return (
    <div class="actions">
      <button type="button" class="button" aria-pressed={following.value} disabled={!rep.hasPosition} onClick={() => (following.value = !following.value)}>
        <Icon name="follow" />{t(following.value ? 'rep.following' : 'rep.follow')}<kbd>F</kbd>
      </button>
      <button type="button" class="button" disabled={!rep.hasPosition} onClick={() => flyTo(rep.longitude, rep.latitude, 15)}>
        <Icon name="target" />{t('rep.center')}
      </button>
    </div>
  );
}

function Facts({ rep }: { rep: Rep }) {
  if (!rep.hasPosition) return <p class="block muted">{t(rep.status === 'offDuty' ? 'status.offDuty.about' : 'rep.noPosition')}</p>;
  const zone = selectedZone.value;
  const isMoving = rep.motion === 'moving';
  const isToday = dayOf(rep.fixedAt, zone) === dayOf(now.value, zone);
  return (
    <dl class="facts">
      <div>
        <dt>{t('rep.speed')}</dt>
        <dd>{speed(rep.speedMps)} {isMoving && !Number.isNaN(rep.courseDeg) && <small>{compass(rep.courseDeg, lang.value)}</small>}</dd>
      </div>
      <div>
        <dt>{t('rep.lastSeen')}</dt>
        <dd>
          {ago(rep.fixedAt, now.value, lang.value)} <small>{isToday ? clockSeconds(rep.fixedAt, lang.value, zone) : dateTime(rep.fixedAt, lang.value, zone)}</small>
        </dd>
      </div>
      <div><dt>{t('rep.battery')}</dt><dd>{percent(rep.batteryPct)}</dd></div>
      <div><dt>{t('rep.accuracy')}</dt><dd>{Number.isNaN(rep.accuracyM) ? '–' : `± ${Math.round(rep.accuracyM)} m`}</dd></div>
    </dl>
  );
}

function Mock({ rep }: { rep: Rep }) {
  useEffect(() => {
    if (rep.mock) void loadSuspicion(rep.id);
  }, [rep.id, rep.mock]);
  if (!rep.mock && rep.mockScore < NOTEWORTHY_SCORE) return null;
  const score = Math.round(rep.mockScore * 100);
  const evidence = suspicionOf(rep.id)?.data?.evidence ?? [];
  return (
    <div class="block mock-block">
      <h3><Icon name="shield" />{rep.mock ? t('mock.title') : t('mock.score', { score })}</h3>
      {rep.mock && rep.mockScore > 0 && <p>{t('mock.score', { score })}</p>}
      <div class="meter" role="meter" aria-valuenow={score} aria-valuemin={0} aria-valuemax={100} aria-label={t('mock.title')}><i style={{ width: `${score}%` }} /></div>
      <p class="muted">{rep.mock ? t('mock.explain') : t('mock.some')}</p>
      {rep.mock && evidence.length > 0 && (
        <ul class="evidence">
          {evidence.map((item, i) => (
            <li key={i}><b>{item.weight === undefined ? '·' : `+${Math.round(item.weight * 100)}`}</b><span>{textOf(item.text) ?? item.kind}</span></li>
          ))}
        </ul>
      )}
    </div>
  );
}

const textOf = (text: string | { en: string; zh: string } | undefined) => (typeof text === 'object' ? text[lang.value] : text);

function Inside({ rep }: { rep: Rep }) {
  const inside = rep.inside.map(fenceById).filter((fence) => fence !== undefined);
  return (
    <div class="block">
      <h3>{t('rep.inside')}</h3>
      {inside.length === 0 ? <p class="muted">{t('rep.inside.none')}</p> : (
        <div class="tags">
          {inside.map((fence) => (
            <button key={fence.id} type="button" class="tag" onClick={() => openFence(fence)}><Swatch purpose={fence.purpose} /><span class="ellipsis">{fence.name}</span></button>
          ))}
        </div>
      )}
    </div>
  );
}

function RepAlerts({ id }: { id: string }) {
  const zone = selectedZone.value;
  const shown = shownDay();
  const live = alerts.value.filter((alert) => alert.repId === id && dayOf(Date.parse(alert.at), zone) === shown);
  const all = new Map([...(report.value?.alerts ?? []), ...live].map((alert): [string, Alert] => [alert.id, alert]));
  const own = [...all.values()].sort((a, b) => Date.parse(b.at) - Date.parse(a.at)).slice(0, MAX_ALERTS);
  return (
    <div class="block">
      <h3>{t('alerts.ofRep')}</h3>
      {own.length === 0 ? <p class="muted">{t('alerts.ofRep.none')}</p> : <ul>{own.map((alert) => <li key={alert.id}><AlertItem alert={alert} isOfRep /></li>)}</ul>}
    </div>
  );
}
