// The phone's bottom sheet: reps or alerts, drawn up or resting.
import { useRef } from 'preact/hooks';
import { markAllRead, unread } from '../alerts.ts';
import { t } from '../i18n/index.ts';
import { sheetTab, sheetUp } from '../state.ts';
import { AlertFeed } from './alert-feed.tsx';
import { Sidebar } from './sidebar.tsx';

/** Pixels of a drag that mean it. */
const DRAG_MIN = 24;

export function Sheet() {
  const dragFrom = useRef<number>(undefined);
  const show = (tab: 'reps' | 'alerts') => {
    sheetTab.value = tab;
    sheetUp.value = true;
    if (tab === 'alerts') markAllRead();
  };
  const release = (event: PointerEvent) => {
    const moved = event.clientY - (dragFrom.current ?? event.clientY);
    dragFrom.current = undefined;
    sheetUp.value = Math.abs(moved) < DRAG_MIN ? !sheetUp.value : moved < 0;
  };
  return (
    <div class={`sheet ${sheetUp.value ? 'up' : ''}`}>
      <button
        type="button" class="grip" aria-label={t(sheetUp.value ? 'sidebar.hide' : 'sidebar.show')} aria-expanded={sheetUp.value}
        onPointerDown={(event) => { dragFrom.current = event.clientY; event.currentTarget.setPointerCapture(event.pointerId); }}
        onPointerUp={release}
        onKeyDown={(event) => event.key === 'Enter' && (sheetUp.value = !sheetUp.value)}
      />
      <div class="tabs" role="tablist">
        <button type="button" role="tab" aria-selected={sheetTab.value === 'reps'} onClick={() => show('reps')}>{t('nav.reps')}</button>
        <button type="button" role="tab" aria-selected={sheetTab.value === 'alerts'} onClick={() => show('alerts')}>
          {t('nav.alerts')}{unread.value > 0 && ` · ${unread.value}`}
        </button>
      </div>
      {sheetTab.value === 'reps' ? <Sidebar /> : <AlertFeed />}
    </div>
  );
}
