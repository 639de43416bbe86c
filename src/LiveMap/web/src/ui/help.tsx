// The sheet with the keys and the legend of the map.
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/index.ts';
import type { Key } from '../i18n/en.ts';
import { helpOpen, type StatusFilter } from '../state.ts';
import { IconButton, Sign } from './parts.tsx';

const keys: readonly [string[], Key][] = [
  [['/'], 'help.search'], [['J', 'K'], 'help.next'], [['F'], 'help.follow'], [['0'], 'help.fit'], [['['], 'help.sidebar'], [[']'], 'help.alerts'],
  [['R'], 'help.reports'], [['Esc'], 'help.escape'], [['?'], 'help.help'],
];
const statuses: readonly StatusFilter[] = ['live', 'stale', 'lost', 'offDuty', 'mock'];

export function Help() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    box.current?.querySelector('button')?.focus();
    return () => before?.focus();
  }, []);
  const close = () => (helpOpen.value = false);
  return (
    <div class="veil" onClick={(event) => event.target === event.currentTarget && close()}>
      <div class="dialog" ref={box} role="dialog" aria-modal="true" aria-labelledby="help-title" onKeyDown={(event) => event.key === 'Tab' && event.preventDefault()}>
        <h2><span id="help-title">{t('help.title')}</span><IconButton icon="close" label={t('help.close')} onClick={close} /></h2>
        <dl class="keys">
          {keys.map(([names, text]) => <><dt>{names.map((name) => <kbd key={name}>{name}</kbd>)}</dt><dd>{t(text)}</dd></>)}
        </dl>
        <h3>{t('help.legend')}</h3>
        <dl class="legend">
          {statuses.map((status) => (
            <><Sign kind={status} courseDeg={NaN} /><dt>{t(`status.${status}`)}</dt><dd>{t(`status.${status}.about`)}</dd></>
          ))}
          <Sign kind="live" courseDeg={45} /><dd class="wide">{t('help.arrow')}</dd>
          <Sign kind="live" courseDeg={NaN} /><dd class="wide">{t('help.dot')}</dd>
        </dl>
      </div>
    </div>
  );
}
