// The map with what floats above it.
import { useEffect, useRef } from 'preact/hooks';
import { unread } from '../alerts.ts';
import { ago, count } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { basemap, basemaps, fitFleet, hovered, mapFailed, mountMap, nextBasemap, resizeMap, zoomBy } from '../map/map.ts';
import { alertsOpen, counts, following, isPhone, now, showFences, showNames, sidebarOpen, wall, type StatusFilter } from '../state.ts';
import type { Place } from '../url.ts';
import { Logo } from './icons.tsx';
import { Empty, IconButton, motionText } from './parts.tsx';
import { LinkNotice, LinkState, Settings } from './topbar.tsx';

export function MapView({ start }: { start: Place | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const unmount = mountMap(box.current!, start);
    const observer = new ResizeObserver(resizeMap);
    observer.observe(box.current!);
    return () => {
      observer.disconnect();
      unmount();
    };
  }, []);
  if (mapFailed.value) return <main class="map-area"><Empty icon="warning" title={t('map.failed')} /></main>;
  return (
    <main class="map-area" aria-label={t('map.label')}>
      <div class="map" ref={box} />
      {isPhone.value ? <PhoneBar /> : <LinkNotice />}
      {wall.value && <WallBar />}
      {!isPhone.value && <Openers />}
      <Controls />
      <Tip />
    </main>
  );
}

function PhoneBar() {
  return (
    <div class="phone-bar"><Logo /><LinkState /><span class="spacer" /><Settings /></div>
  );
}

function Openers() {
  return (
    <>
      {!sidebarOpen.value && !wall.value && (
        <div class="map-open left"><IconButton icon="panelLeft" label={`${t('sidebar.show')} ([)`} onClick={() => (sidebarOpen.value = true)} /></div>
      )}
      {!alertsOpen.value && !wall.value && (
        <div class="map-open right">
          <IconButton icon="bell" label={`${t('alerts.show')} (])`} onClick={() => (alertsOpen.value = true)}>
            {unread.value > 0 && <span class="badge">{unread.value > 99 ? '99+' : unread.value}</span>}
          </IconButton>
        </div>
      )}
    </>
  );
}

function Controls() {
  return (
    <div class="map-controls">
      <div>
        {basemaps.value.length > 0 && <IconButton icon="layers" label={`${t('map.basemap')}: ${basemap.value?.name ?? t('map.embedded')}`} onClick={nextBasemap} />}
        <IconButton icon="fence" label={t('map.fences')} pressed={showFences.value} onClick={() => (showFences.value = !showFences.value)} />
        <IconButton icon="tag" label={t('map.names')} pressed={showNames.value} onClick={() => (showNames.value = !showNames.value)} />
      </div>
      <div>
        {!isPhone.value && <IconButton icon="plus" label={t('map.zoomIn')} onClick={() => zoomBy(1)} />}
        {!isPhone.value && <IconButton icon="minus" label={t('map.zoomOut')} onClick={() => zoomBy(-1)} />}
        <IconButton icon="fit" label={`${t('map.fit')} (0)`} onClick={fitAll} />
      </div>
    </div>
  );
}

function fitAll(): void {
  following.value = false;
  fitFleet();
}

function Tip() {
  const at = hovered.value;
  if (!at) return null;
  const isRight = at.x > (document.querySelector('.map')?.clientWidth ?? 0) - 200;
  return (
    <div class={`tip ${isRight ? 'flip' : ''}`} style={{ left: `${at.x}px`, top: `${at.y}px` }} aria-hidden="true">
      <strong>{at.rep.name}</strong>{motionText(at.rep)} · {ago(at.rep.fixedAt, now.value, lang.value)}
    </div>
  );
}

const wallStatuses: readonly StatusFilter[] = ['live', 'stale', 'lost', 'offDuty', 'mock'];

/** The figures of the day for the wall: readable from the other end of the room. */
function WallBar() {
  return (
    <div class="wall-bar">
      {wallStatuses.map((status) => (
        <div key={status}><b>{count(counts.value[status], lang.value)}</b><span><i class={`dot ${status}`} />{t(`status.${status}`)}</span></div>
      ))}
    </div>
  );
}
