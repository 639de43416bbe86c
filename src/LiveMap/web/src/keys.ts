// The keyboard: one place that says what each key does.
import { hovered, fitFleet, flyTo } from './map/map.ts';
import { repById } from './fleet.ts';
import { reportName } from './reports.ts';
import { alertsOpen, deselect, following, helpOpen, query, selection, sheetUp, sidebarOpen, statusFilter, stepSelection, wall } from './state.ts';

export function installKeys(searchId: string): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target as HTMLElement;
    if (target.tagName === 'INPUT' || target.tagName === 'SELECT') return;
    const action = actions(searchId)[event.key];
    if (!action || (helpOpen.value && event.key !== 'Escape' && event.key !== '?')) return;
    event.preventDefault();
    action();
  });
}

const actions = (searchId: string): Record<string, () => void> => ({
  '/': () => focusSearch(searchId),
  j: () => step(1),
  k: () => step(-1),
  f: () => {
    if (selection.value?.kind === 'rep') following.value = !following.value;
  },
  '0': () => {
    following.value = false;
    fitFleet();
  },
  '[': () => (sidebarOpen.value = !sidebarOpen.value),
  ']': () => (alertsOpen.value = !alertsOpen.value),
  r: () => (reportName.value = reportName.value === undefined ? 'mileage' : undefined),
  '?': () => (helpOpen.value = !helpOpen.value),
  Escape: stepBack,
});

function focusSearch(searchId: string): void {
  deselect();
  sidebarOpen.value = true;
  sheetUp.value = true;
  // The field appears with the next render.
  requestAnimationFrame(() => (document.getElementById(searchId) as HTMLInputElement | null)?.select());
}

function step(by: 1 | -1): void {
  stepSelection(by);
  const rep = selection.value?.kind === 'rep' ? repById(selection.value.id) : undefined;
  if (rep?.hasPosition) flyTo(rep.longitude, rep.latitude, 13);
}

/** Closes the innermost thing that is open. */
function stepBack(): void {
  hovered.value = undefined;
  if (helpOpen.value) helpOpen.value = false;
  else if (reportName.value !== undefined) reportName.value = undefined;
  else if (selection.value) deselect();
  else if (wall.value) wall.value = false;
  else if (query.value || statusFilter.value) {
    query.value = '';
    statusFilter.value = undefined;
  } else sheetUp.value = false;
}
