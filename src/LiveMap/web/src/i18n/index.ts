// The language of the page: a signal, so that everything written with `t` follows it.
import { effect, signal } from '@preact/signals';
import type { Lang } from '../format.ts';
import { en, type Key } from './en.ts';
import { stored, store } from '../storage.ts';
import { zh } from './zh.ts';

const detected: Lang = navigator.languages.find((language) => /^(en|zh)/.test(language))?.startsWith('zh') ? 'zh' : 'en';

export const lang = signal<Lang>(stored('lang') === 'zh' ? 'zh' : stored('lang') === 'en' ? 'en' : detected);

effect(() => {
  document.documentElement.lang = lang.value === 'zh' ? 'zh-Hans' : 'en';
});

export function setLanguage(language: Lang): void {
  store('lang', language);
  lang.value = language;
}

/** The text of a key in the page's language, with `{name}` replaced. */
export function t(key: Key, values?: Record<string, string | number>): string {
  const text = (lang.value === 'zh' ? zh : en)[key];
  return values ? text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? '')) : text;
}
