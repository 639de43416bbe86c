// The page: the door, or the console with its loads and its address.
import { effect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get, onSignedOut, type Config } from './api.ts';
import { loadAlerts, unread } from './alerts.ts';
import { day } from './day.ts';
import { loadFences } from './fences.ts';
import { loadFleet, loadInterval, repById } from './fleet.ts';
import { suggestLanguage, t } from './i18n/index.ts';
import { installKeys } from './keys.ts';
import { startLive, stopLive } from './live.ts';
import { openReport, reportAddress, reportName } from './reports.ts';
import { basemap, basemaps, fitFleet, flyTo, place } from './map/map.ts';
import { alertsOpen, helpOpen, isPhone, selection, session, sidebarOpen, wall } from './state.ts';
import { AlertFeed } from './ui/alert-feed.tsx';
import { Help } from './ui/help.tsx';
import { MapView } from './ui/map-view.tsx';
import { searchId } from './ui/rep-list.tsx';
import { ReportsView } from './ui/reports-view.tsx';
import { Sheet } from './ui/sheet.tsx';
import { Sidebar } from './ui/sidebar.tsx';
import { SignIn } from './ui/signin.tsx';
import { formatHash, parseHash } from './url.ts';

const FENCES_EVERY_MS = 60_000;
const address = parseHash(location.hash);

export function App() {
  if (session.value === 'out') return <SignIn onSignedIn={() => void enter()} />;
  if (session.value === 'unknown') return null;
  return <Console />;
}

function Console() {
  useEffect(() => startConsole(), []);
  return (
    <div class={`shell ${wall.value ? 'wall' : ''}`}>
      <a class="skip" href="#list" onClick={(event) => { event.preventDefault(); document.getElementById('list')?.focus(); }}>{t('nav.skip')}</a>
      {!isPhone.value && !wall.value && sidebarOpen.value && <Sidebar />}
      <MapView start={address.place} />
      {!isPhone.value && (alertsOpen.value || wall.value) && <AlertFeed />}
      {isPhone.value && reportName.value === undefined && <Sheet />}
      {reportName.value !== undefined && <ReportsView />}
      {helpOpen.value && <Help />}
    </div>
  );
}

/** Asks the server whether it knows us, and with what map it wants to be shown. */
export async function enter(): Promise<void> {
  onSignedOut.handler = () => {
    stopLive();
    session.value = 'out';
  };
  try {
    await get('/v1/me');
    const config = await get<Config>('/v1/config').catch((): Config => ({}));
    basemaps.value = config.basemaps ?? [];
    basemap.value = basemaps.value[0];
    if (config.language) suggestLanguage(config.language);
    if (!address.place && config.initialView) address.place = config.initialView;
    session.value = 'in';
  } catch {
    // Without an answer the console opens all the same: it shows that it is offline and comes back by itself.
    if (session.value === 'unknown') session.value = 'in';
  }
}

/** The tab tells what happened while another one was in front. */
function writeTitle(): void {
  document.title = unread.value > 0 ? `(${unread.value}) ${t('app.name')}` : t('app.name');
}

function startConsole(): () => void {
  if (address.rep) selection.value = { kind: 'rep', id: address.rep };
  else if (address.fence) selection.value = { kind: 'fence', id: address.fence };
  if (address.day) day.value = address.day;
  if (address.report) openReport(address.report);
  let fleetTimer: ReturnType<typeof setTimeout>;
  const keepFleet = async () => {
    if (!document.hidden) await loadFleet();
    fleetTimer = setTimeout(() => void keepFleet(), loadInterval());
  };
  void keepFleet().then(showFirst);
  void loadFences();
  // Alerts first: the hub resumes behind the newest one that is known.
  void loadAlerts().then(startLive);
  const fenceTimer = setInterval(() => void loadFences(), FENCES_EVERY_MS);
  const stopAddress = effect(writeAddress);
  const stopTitle = effect(writeTitle);
  return () => {
    clearTimeout(fleetTimer);
    clearInterval(fenceTimer);
    stopAddress();
    stopTitle();
    stopLive();
  };
}

/** Where nothing says what to show, everybody is shown. */
function showFirst(): void {
  if (address.place) return;
  const rep = address.rep === undefined ? undefined : repById(address.rep);
  if (rep?.hasPosition) flyTo(rep.longitude, rep.latitude, 13);
  else fitFleet(true);
}

let writeTimer: ReturnType<typeof setTimeout> | undefined;
function writeAddress(): void {
  const selected = selection.value;
  const next = formatHash({
    ...(place.value && { place: place.value }),
    ...(selected?.kind === 'rep' && { rep: selected.id }),
    ...(selected?.kind === 'fence' && { fence: selected.id }),
    ...(day.value && { day: day.value }),
    ...(reportAddress.value && { report: reportAddress.value }),
  });
  clearTimeout(writeTimer);
  // Browsers refuse more than some hundred changes of the address a minute.
  writeTimer = setTimeout(() => history.replaceState(null, '', next || location.pathname), 300);
}

installKeys(searchId);
