// The door: takes an access token.
import { useSignal } from '@preact/signals';
import { signIn } from '../api.ts';
import { lang, setLanguage, t } from '../i18n/index.ts';
import { Logo } from './icons.tsx';

export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const token = useSignal('');
  const state = useSignal<'idle' | 'busy' | 'refused' | 'failed'>('idle');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (state.value === 'busy' || token.value.trim() === '') return;
    state.value = 'busy';
    try {
      if (await signIn(token.value.trim())) onSignedIn();
      else state.value = 'refused';
    } catch {
      state.value = 'failed';
    }
  };
  const isError = state.value === 'refused' || state.value === 'failed';
  return (
    <main class="signin">
      <form onSubmit={submit}>
        <Logo size={40} />
        <div><h1>{t('signin.title')}</h1><p class="muted">{t('signin.lead')}</p></div>
        <label>
          {t('signin.token')}
          <input
            type="password" autocomplete="current-password" autofocus spellcheck={false} value={token.value} aria-invalid={isError} aria-describedby="signin-error"
            onInput={(event) => { token.value = event.currentTarget.value; if (state.value !== 'busy') state.value = 'idle'; }}
          />
        </label>
        {isError && <p id="signin-error" class="error" role="alert">{t(state.value === 'refused' ? 'signin.refused' : 'signin.failed')}</p>}
        <button type="submit" class="button primary" disabled={state.value === 'busy'}>{t(state.value === 'busy' ? 'signin.busy' : 'signin.submit')}</button>
        <p class="muted">{t('signin.hint')}<code>tracking token create --role dispatcher --name me</code></p>
        <div class="foot"><span /><button type="button" class="text-button" onClick={() => setLanguage(lang.value === 'en' ? 'zh' : 'en')}>{t('settings.language')}</button></div>
      </form>
    </main>
  );
}
