// A geofence: what it is for, and who is inside.
import { fenceById } from '../fences.ts';
import { allReps, fleetVersion, type Rep } from '../fleet.ts';
import { distance, duration, speed } from '../format.ts';
import { lang, t } from '../i18n/index.ts';
import { fitBounds } from '../map/map.ts';
import { Icon } from './icons.tsx';
import { Empty, Marker, motionText, Swatch } from './parts.tsx';
import { Head } from './rep-detail.tsx';
import { openRep } from './rep-list.tsx';

export function FenceDetail({ id }: { id: string }) {
  void fleetVersion.value;
  const fence = fenceById(id);
  if (!fence) return <div class="detail scroll"><Head title={t('fence.title')} /><Empty icon="fence" title={t('fence.missing')} /></div>;
  const inside: Rep[] = [];
  for (const rep of allReps()) if (rep.inside.includes(id)) inside.push(rep);
  const shape = fence.radiusM !== undefined ? t('fence.circle', { r: distance(fence.radiusM) })
    : fence.widthM !== undefined ? t('fence.corridor', { w: distance(fence.widthM) }) : t('fence.polygon');
  return (
    <section class="detail scroll" aria-label={fence.name}>
      <Head title={fence.name} />
      <div class="under-head"><Swatch purpose={fence.purpose} />{t(`purpose.${fence.purpose}`)} · {shape}</div>
      <div class="actions">
        <button type="button" class="button" onClick={() => fitBounds(fence.bounds)}><Icon name="target" />{t('rep.center')}</button>
      </div>
      {(fence.dwellS !== undefined || fence.speedLimitMps !== undefined) && (
        <dl class="facts">
          {fence.dwellS !== undefined && <div><dt>{t('fence.dwell')}</dt><dd>{duration(fence.dwellS, lang.value)}</dd></div>}
          {fence.speedLimitMps !== undefined && <div><dt>{t('fence.limit')}</dt><dd>{speed(fence.speedLimitMps)}</dd></div>}
        </dl>
      )}
      <div class="block" style={{ paddingBottom: '0.25rem', borderBottom: 0 }}><h3>{t('fence.inside')} <span class="muted">{inside.length}</span></h3></div>
      {inside.length === 0 ? <p class="block muted" style={{ paddingTop: 0 }}>{t('fence.inside.none')}</p> : inside.slice(0, 200).map((rep) => (
        <button key={rep.id} type="button" class="fence-row" onClick={() => openRep(rep)}><Marker rep={rep} /><span class="ellipsis">{rep.name}</span><small>{motionText(rep)}</small></button>
      ))}
    </section>
  );
}
