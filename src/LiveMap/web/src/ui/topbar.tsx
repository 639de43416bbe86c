// The product's name, the state of the connection, and the settings.
import { stopLive, link, retryNow } from '../live.ts';
import { reportName } from '../reports.ts';
import { lang, setLanguage, t } from '../i18n/index.ts';
import { signOut } from '../api.ts';
import { helpOpen, isPhone, now, session, sidebarOpen, theme, type Theme } from '../state.ts';
import { Logo } from './icons.tsx';
import { IconButton } from './parts.tsx';

export function LinkState() {
  const state = link.value;
  const text = t(state.state === 'waiting' ? 'link.offline' : `link.${state.state}`);
  return <span class={`link ${state.state}`} role="status"><i />{text}</span>;
}

const nextTheme: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
const themeIcon = { auto: 'auto', light: 'sun', dark: 'moon' } as const;

async function leave(): Promise<void> {
  await signOut();
  stopLive();
  session.value = 'out';
}

export function Settings() {
  return (
    <>
      <IconButton icon="report" label={`${t('report.title')} (R)`} onClick={() => (reportName.value = 'mileage')} />
      <IconButton
        icon={themeIcon[theme.value]} label={`${t('settings.theme')}: ${t(`settings.${theme.value}`)}`}
        onClick={() => (theme.value = nextTheme[theme.value])}
      />
      <IconButton icon="language" label={t('settings.language.about')} onClick={() => setLanguage(lang.value === 'en' ? 'zh' : 'en')} />
      {!isPhone.value && <IconButton icon="help" label={`${t('help.title')} (?)`} onClick={() => (helpOpen.value = true)} />}
      <IconButton icon="leave" label={t('signout')} onClick={() => void leave()} />
    </>
  );
}

export function TopBar() {
  return (
    <header class="topbar">
      <div class="brand"><Logo /><h1 class="visually-hidden">{t('app.name')}</h1></div>
      <LinkState />
      <span class="spacer" />
      <Settings />
      <IconButton icon="panelLeft" label={`${t('sidebar.hide')} ([)`} onClick={() => (sidebarOpen.value = false)} />
    </header>
  );
}

/** Says on the map that the picture is not live; a glance at the map must be enough. */
export function LinkNotice() {
  const state = link.value;
  if (state.state !== 'waiting') return null;
  const seconds = Math.max(0, Math.ceil((state.until - now.value) / 1000));
  return (
    <div class="notice">
      <i class="dot" />
      {t('link.waiting', { s: seconds })}
      <button type="button" class="text-button" onClick={retryNow}>{t('link.retry')}</button>
    </div>
  );
}
