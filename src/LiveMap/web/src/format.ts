// How numbers and instants are written. Pure: language, zone and "now" are handed in.

export type Lang = 'en' | 'zh';

const locales: Record<Lang, string> = { en: 'en-GB', zh: 'zh-CN' };
const formats = new Map<string, Intl.DateTimeFormat>();

function dateFormat(lang: Lang, zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang}|${zone ?? ''}|${JSON.stringify(options)}`;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locales[lang], { ...options, ...(zone && { timeZone: zone }) });
    formats.set(key, format);
  }
  return format;
}

/** `14:05`, in a zone or the browser's. */
export const clock = (at: number, lang: Lang, zone?: string): string =>
  dateFormat(lang, zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);

/** `14:05:09`. */
export const clockSeconds = (at: number, lang: Lang, zone?: string): string =>
  dateFormat(lang, zone, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(at);

/** `Sun 22 Nov, 14:05`. */
export const dateTime = (at: number, lang: Lang, zone?: string): string =>
  dateFormat(lang, zone, { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
    .format(at);

/** `Sun, 22 Nov 2026` for a calendar day `2026-11-22`. */
export const dayName = (day: string, lang: Lang): string =>
  dateFormat(lang, 'UTC', { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }).format(Date.parse(`${day}T00:00:00Z`));

/** `3 min ago`, `just now`. */
export function ago(at: number, now: number, lang: Lang): string {
  const seconds = Math.max(0, Math.round((now - at) / 1000));
  if (seconds < 5) return lang === 'zh' ? '刚刚' : 'now';
  const [value, en, zh] = seconds < 60 ? [seconds, ' s', '秒']
    : seconds < 3600 ? [Math.floor(seconds / 60), ' min', '分钟']
    : seconds < 86_400 ? [Math.floor(seconds / 3600), ' h', '小时']
    : [Math.floor(seconds / 86_400), ' d', '天'];
  return lang === 'zh' ? `${value}${zh}前` : `${value}${en} ago`;
}

/** `2 h 05 min`, `12 min`, `45 s`. */
export function duration(seconds: number, lang: Lang): string {
  const total = Math.max(0, Math.round(seconds));
  const [s, min, h] = lang === 'zh' ? ['秒', '分', '小时'] : [' s', ' min', ' h'];
  if (total < 60) return `${total}${s}`;
  const minutes = Math.round(total / 60);
  if (minutes < 60) return `${minutes}${lang === 'zh' ? '分钟' : min}`;
  const rest = minutes % 60;
  const hours = `${Math.floor(minutes / 60)}${h}`;
  return rest === 0 ? hours : lang === 'zh' ? `${hours}${rest}${min}` : `${hours} ${String(rest).padStart(2, '0')}${min}`;
}

/** `820 m`, `4.2 km`, `138 km`. */
export function distance(metres: number): string {
  if (metres < 1000) return `${Math.round(metres)} m`;
  const km = metres / 1000;
  return `${km < 100 ? km.toFixed(1) : Math.round(km)} km`;
}

/** `47 km/h`; a dash where unknown. */
export const speed = (mps: number | undefined): string =>
  mps === undefined || Number.isNaN(mps) ? '–' : `${Math.round(mps * 3.6)} km/h`;

/** `82 %`; a dash where unknown. */
export const percent = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '–' : `${Math.round(value)} %`;

/** Thousands grouped: `12,480`. */
export const count = (value: number, lang: Lang): string => value.toLocaleString(locales[lang]);

/** The calendar day `yyyy-MM-dd` of an instant in a zone. */
export function dayOf(at: number, zone?: string): string {
  const parts = Object.fromEntries(
    dateFormat('en', zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).formatToParts(at).map((p) => [p.type, p.value]),
  );
  return `${parts['year']}-${parts['month']}-${parts['day']}`;
}

/** The day `days` after another. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** The instant at which a day begins in a zone; over a change of clocks too. */
export function dayBegin(day: string, zone?: string): number {
  const utc = Date.parse(`${day}T00:00:00Z`);
  // The offset is read at the guess and once more at what it leads to, where it may differ.
  let begin = utc - offsetAt(utc, zone);
  begin = utc - offsetAt(begin, zone);
  return begin;
}

function offsetAt(at: number, zone?: string): number {
  const fields = dateFormat('en', zone, {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
  }).formatToParts(at);
  const value = (type: string) => Number(fields.find((field) => field.type === type)?.value);
  const local = Date.UTC(value('year'), value('month') - 1, value('day'), value('hour'), value('minute'), value('second'));
  return local - Math.floor(at / 1000) * 1000;
}

/** The zone of the browser, as people read it. */
export const browserZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The eight-point compass letter of a course. */
export function compass(degrees: number, lang: Lang): string {
  const names = lang === 'zh'
    ? ['北', '东北', '东', '东南', '南', '西南', '西', '西北']
    : ['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'];
  return names[Math.round((((degrees % 360) + 360) % 360) / 45) % 8]!;
}
