// The feed of alerts, newest first.
import { useSignal } from '@preact/signals';
import type { Alert } from '../api.ts';
import { alertFilter, alerts, alertsState, announced, isFresh, isUnread, loadAlerts, markAllRead, shownAlerts, soundOn, toggleSound, unread, type AlertGroup } from '../alerts.ts';
import { repById } from '../fleet.ts';
import { ago, dateTime } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { flyTo } from '../map/map.ts';
import { alertsOpen, isPhone, now, selectRep, wall } from '../state.ts';
import { Icon, type IconName } from './icons.tsx';
import { Empty, IconButton, Skeleton } from './parts.tsx';

const PAGE = 60;
const groups: readonly AlertGroup[] = ['fence', 'signal', 'mock', 'other'];
const icons: Record<string, IconName> = {
  geofenceEntered: 'enter', geofenceExited: 'exit', geofenceCrossed: 'cross', geofenceDwelled: 'clock', mockSuspected: 'shield', mockCleared: 'check',
  signalLost: 'signalOff', signalRestored: 'signal', sos: 'warning', overspeed: 'speed', batteryLow: 'battery', longStop: 'clock', offArea: 'fence',
  shiftBegan: 'enter', shiftEnded: 'exit', checkInAccepted: 'check', checkInRefused: 'warning', visitVerified: 'check', visitDoubted: 'shield',
  visitTooShort: 'clock', visitMissed: 'clock',
};

export function AlertFeed() {
  return (
    <aside class="feed" aria-label={t('alerts.title')}>
      {!isPhone.value && <FeedHead />}
      <KindChips />
      <Feed />
      <div class="visually-hidden" role="alert">{announced.value && textOf(announced.value)}</div>
    </aside>
  );
}

function FeedHead() {
  return (
    <header class="feed-head">
      <h2>{t('alerts.title')}</h2>
      {unread.value > 0 && <button type="button" class="unread" title={t('alerts.markRead')} onClick={markAllRead}>{t('alerts.unread', { n: unread.value })}</button>}
      <span class="spacer" />
      <IconButton icon={soundOn.value ? 'sound' : 'mute'} label={t(soundOn.value ? 'alerts.sound.on' : 'alerts.sound.off')} pressed={soundOn.value} onClick={toggleSound} />
      <IconButton icon="wall" label={t(wall.value ? 'alerts.wallLeave' : 'alerts.wall')} pressed={wall.value} onClick={() => (wall.value = !wall.value)} />
      {!wall.value && <IconButton icon="panelRight" label={`${t('alerts.hide')} (])`} onClick={() => (alertsOpen.value = false)} />}
    </header>
  );
}

function KindChips() {
  const set = (group: AlertGroup | undefined) => (alertFilter.value = alertFilter.value === group ? undefined : group);
  return (
    <div class="chips" role="group" aria-label={t('alerts.filter')}>
      <button type="button" class="chip" aria-pressed={alertFilter.value === undefined} onClick={() => set(undefined)}>{t('kind.all')}</button>
      {groups.map((group) => (
        <button key={group} type="button" class="chip" aria-pressed={alertFilter.value === group} onClick={() => set(group)}>{t(`kind.${group}`)}</button>
      ))}
    </div>
  );
}

function Feed() {
  const limit = useSignal(PAGE);
  if (alertsState.value === 'failed') {
    return <Empty icon="warning" title={t('alerts.failed')} action={{ label: t('error.retry'), run: () => void loadAlerts() }} />;
  }
  if (alertsState.value === 'loading') return <Skeleton rows={7} height="2.5rem" />;
  const shown = shownAlerts.value;
  if (shown.length === 0) {
    return alerts.value.length > 0
      ? <Empty icon="bell" title={t('alerts.noMatch')} />
      : <Empty icon="check" title={t('alerts.none')} help={t('alerts.none.help')} />;
  }
  const grow = (event: Event) => {
    const { scrollTop, clientHeight, scrollHeight } = event.currentTarget as HTMLElement;
    if (scrollTop + clientHeight > scrollHeight - 400 && limit.value < shown.length) limit.value += PAGE;
  };
  return (
    <ul class="scroll" style={{ flex: 1 }} onScroll={grow}>
      {shown.slice(0, limit.value).map((alert) => <li key={alert.id}><AlertItem alert={alert} /></li>)}
    </ul>
  );
}

const textOf = (alert: Alert): string => alert.text[lang.value] || alert.text.en;

function open(alert: Alert): void {
  selectRep(alert.repId);
  const at = alert.position ?? repById(alert.repId);
  if (at) flyTo(at.longitude, at.latitude, 14);
}

/** One alert; in the panel of its rep the name goes without saying. */
export function AlertItem({ alert, isOfRep }: { alert: Alert; isOfRep?: boolean }) {
  const text = textOf(alert);
  const name = repById(alert.repId)?.name ?? alert.repId;
  const at = Date.parse(alert.at);
  const classes = `alert ${alert.severity} ${isUnread(alert) && !isOfRep ? 'new' : ''} ${isFresh(alert) ? 'fresh' : ''}`;
  return (
    <button type="button" class={classes} onClick={() => open(alert)}>
      <span class="mark" title={t(`severity.${alert.severity}`)}><Icon name={icons[alert.kind] ?? 'info'} /></span>
      <span>
        <p>{text}</p>
        <span class="meta">
          {!isOfRep && !text.includes(name) && <span class="ellipsis">{name} ·</span>}
          <time dateTime={alert.at} title={dateTime(at, lang.value)}>{ago(at, now.value, lang.value)}</time>
          {alert.late && <span>· {t('alerts.late')}</span>}
        </span>
      </span>
    </button>
  );
}
