// The address: `#zoom/latitude/longitude?rep=…&day=…`, so that a view can be sent to a colleague.

export interface Place {
  zoom: number;
  latitude: number;
  longitude: number;
}

export interface ReportAddress {
  name: string;
  from?: string;
  to?: string;
  by?: string;
  group?: string;
}

export interface Address {
  place?: Place;
  rep?: string;
  fence?: string;
  day?: string;
  report?: ReportAddress;
}

/** Reads an address; what makes no sense is left out. */
export function parseHash(hash: string): Address {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?');
  const numbers = path.split('/').map(Number);
  const params = new URLSearchParams(search);
  const address: Address = {};
  const [zoom, latitude, longitude] = numbers;
  const isPlace = numbers.length === 3 && numbers.every(Number.isFinite) && Math.abs(latitude!) <= 90 && Math.abs(longitude!) <= 540;
  if (path !== '' && isPlace) address.place = { zoom: Math.max(0, Math.min(22, zoom!)), latitude: latitude!, longitude: longitude! };
  const [rep, fence, day] = [params.get('rep'), params.get('fence'), params.get('day')];
  if (rep) address.rep = rep;
  else if (fence) address.fence = fence;
  if (day && isDay(day)) address.day = day;
  const report = reportOf(params);
  if (report) address.report = report;
  return address;
}

const isDay = (text: string): boolean => /^\d{4}-\d{2}-\d{2}$/.test(text);

function reportOf(params: URLSearchParams): ReportAddress | undefined {
  const name = params.get('report');
  if (!name) return undefined;
  const [from, to, by, group] = [params.get('from'), params.get('to'), params.get('by'), params.get('group')];
  const isPeriod = from !== null && to !== null && isDay(from) && isDay(to) && from <= to;
  return { name, ...(isPeriod && { from, to }), ...(by && { by }), ...(group && { group }) };
}

/** Writes an address; as many digits as the zoom can show. */
export function formatHash({ place, rep, fence, day, report }: Address): string {
  const params = new URLSearchParams();
  if (rep) params.set('rep', rep);
  if (fence) params.set('fence', fence);
  if (rep && day) params.set('day', day);
  if (report) {
    params.set('report', report.name);
    for (const key of ['from', 'to', 'by', 'group'] as const) if (report[key]) params.set(key, report[key]);
  }
  const search = params.size > 0 ? `?${params}` : '';
  if (!place) return search ? `#${search}` : '';
  const digits = Math.max(2, Math.min(6, Math.ceil(place.zoom / 3)));
  return `#${place.zoom.toFixed(2)}/${place.latitude.toFixed(digits)}/${place.longitude.toFixed(digits)}${search}`;
}
