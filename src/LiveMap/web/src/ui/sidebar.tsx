// The left side: the list, or what is selected.
import { t } from '../i18n/index.ts';
import { isPhone, selection } from '../state.ts';
import { FenceDetail } from './fence-detail.tsx';
import { RepDetail } from './rep-detail.tsx';
import { RepList, Search, StatusChips } from './rep-list.tsx';
import { TopBar } from './topbar.tsx';

export function Sidebar() {
  const selected = selection.value;
  return (
    <nav class="sidebar" aria-label={t('nav.reps')}>
      {!isPhone.value && <TopBar />}
      {selected === undefined && <><Search /><StatusChips /><RepList /></>}
      {selected?.kind === 'rep' && <RepDetail id={selected.id} />}
      {selected?.kind === 'fence' && <FenceDetail id={selected.id} />}
    </nav>
  );
}
