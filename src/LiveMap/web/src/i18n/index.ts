// The language of the page: a signal, so that everything written with `t` follows it.
import { effect, signal } from '@preact/signals';
import type { Lang } from '../format.ts';
import { en, type Key } from './en.ts';
import { stored, store } from '../storage.ts';
import { zh } from './zh.ts';

const spoken = navigator.languages.find((language) => /^(en|zh)/.test(language));
const detected: Lang = spoken?.startsWith('zh') ? 'zh' : 'en';

export const lang = signal<Lang>(stored('lang') === 'zh' ? 'zh' : stored('lang') === 'en' ? 'en' : detected);

effect(() => {
  document.documentElement.lang = lang.value === 'zh' ? 'zh-Hans' : 'en';
});

/** Takes the server's language, where neither the browser nor the person has said one that we speak. */
export function suggestLanguage(language: Lang): void {
  if (spoken === undefined && stored('lang') === undefined) lang.value = language;
}

export function setLanguage(language: Lang): void {
  store('lang', language);
  lang.value = language;
}

/** The text of a key in the page's language, with `{name}` replaced. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const text = (lang.value === 'zh' ? zh : en)[key];
  return values ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')) : text;
}
