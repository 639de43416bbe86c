// Small pieces that several panels share.
import type { ComponentChildren } from 'preact';
import type { Purpose } from '../fences.ts';
import type { Rep } from '../fleet.ts';
import { speed } from '../format.ts';
import { t } from '../i18n/index.ts';
import { dark, light } from '../map/palette.ts';
import { isDark } from '../state.ts';
import { Icon, type IconName } from './icons.tsx';

export const styleOf = (rep: Rep) => (rep.mock ? 'mock' : rep.status);

const isUnderWay = (rep: Rep) => rep.motion === 'moving' && rep.status !== 'lost' && rep.status !== 'offDuty';

/** The rep's sign, as on the map: an arrow along the course, or a dot. */
export function Marker({ rep }: { rep: Rep }) {
  return <Sign kind={styleOf(rep)} courseDeg={isUnderWay(rep) ? rep.courseDeg : NaN} />;
}

export function Sign({ kind, courseDeg }: { kind: string; courseDeg: number }) {
  return (
    <svg width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true" style={{ color: `var(--${kind})` }}>
      {Number.isNaN(courseDeg)
        ? <circle r="4.5" fill="currentColor" />
        : <path d="M0-7.5 5.5 6.5 0 3.5-5.5 6.5Z" fill="currentColor" transform={`rotate(${Math.round(courseDeg)})`} stroke="currentColor" stroke-linejoin="round" />}
    </svg>
  );
}

/** What the rep does, in a few words. */
export function motionText(rep: Rep): string {
  if (rep.status === 'offDuty') return t('status.offDuty');
  if (!rep.hasPosition) return t('list.never');
  if (rep.status === 'lost') return t('status.lost');
  // A rep at the lights is still on the way: its zero says nothing.
  return rep.motion === 'moving' && rep.speedMps >= 0.5 ? `${t('motion.moving')} · ${speed(rep.speedMps)}` : t(`motion.${rep.motion}`);
}

export function StatusPill({ kind }: { kind: string }) {
  return <span class={`pill ${kind}`}><i class={`dot ${kind}`} />{t(`status.${kind}` as 'status.live')}</span>;
}

export function Battery({ percent }: { percent: number }) {
  if (Number.isNaN(percent)) return null;
  const width = Math.round((Math.max(0, Math.min(100, percent)) / 100) * 11);
  return (
    <span class={`battery ${percent <= 20 ? 'low' : ''}`}>
      <svg width="18" height="10" viewBox="0 0 18 10" aria-hidden="true">
        <rect x="0.5" y="0.5" width="14" height="9" rx="2.5" fill="none" stroke="currentColor" opacity="0.5" />
        <rect x="2" y="2" width={width} height="6" rx="1" fill="currentColor" />
        <rect x="15.5" y="3.25" width="1.5" height="3.5" rx="0.7" fill="currentColor" opacity="0.5" />
      </svg>
      {Math.round(percent)}%
    </span>
  );
}

export const purposeColor = (purpose: Purpose): string => (isDark.value ? dark : light).purpose[purpose] ?? '';

export const Swatch = ({ purpose }: { purpose: Purpose }) => <i class="swatch" style={{ color: purposeColor(purpose), borderColor: purposeColor(purpose) }} />;

interface IconButtonProps {
  icon: IconName;
  label: string;
  onClick: () => void;
  pressed?: boolean;
  disabled?: boolean;
  children?: ComponentChildren;
}

export function IconButton({ icon, label, onClick, pressed, disabled, children }: IconButtonProps) {
  return (
    <button type="button" class="icon-button" title={label} aria-label={label} aria-pressed={pressed} disabled={disabled} onClick={onClick}>
      <Icon name={icon} />
      {children}
    </button>
  );
}

/** What stands where there is nothing to list. */
export function Empty({ icon, title, help, action }: { icon: IconName; title: string; help?: string; action?: { label: string; run: () => void } }) {
  return (
    <div class="state">
      <Icon name={icon} size={24} />
      <strong>{title}</strong>
      {help && <p>{help}</p>}
      {action && <button type="button" class="button" onClick={action.run}>{action.label}</button>}
    </div>
  );
}

/** Grey bars in the place of what is being loaded. */
export function Skeleton({ rows, height }: { rows: number; height: string }) {
  return (
    <div aria-busy="true" style={{ padding: '0.5rem 1rem', display: 'grid', gap: '0.75rem' }}>
      {Array.from({ length: rows }, (_, i) => <div key={i} class="skeleton" style={{ height, width: `${92 - ((i * 17) % 38)}%` }} />)}
    </div>
  );
}
