// The colours of the map, light and dark. Texts on `land` keep 4.5:1.

export interface Palette {
  water: string;
  land: string;
  lake: string;
  river: string;
  coast: string;
  border: string;
  state: string;
  grid: string;
  country: string;
  stateName: string;
  city: string;
  town: string;
  halo: string;
  label: string;
  surface: string;
  accent: string;
  status: { live: string; stale: string; lost: string; offDuty: string; mock: string };
  purpose: Record<string, string>;
  /** Text of fence names: stronger than the outline. */
  purposeText: Record<string, string>;
  speed: readonly string[];
  time: readonly [string, string];
  trailCasing: string;
  gap: string;
}

export const light: Palette = {
  water: '#d3dfe9', land: '#f5f5f2', lake: '#d3dfe9', river: '#c3d5e3', coast: '#b4c6d5', border: '#a9aab3', state: '#d3d4d8', grid: '#e4e4e1',
  country: '#4d525f', stateName: '#7c818d', city: '#30343f', town: '#5b606d', halo: '#ffffff', label: '#191c24', surface: '#ffffff',
  accent: '#3d5afe',
  status: { live: '#128a52', stale: '#c27803', lost: '#d22f3f', offDuty: '#858b98', mock: '#a626c9' },
  purpose: { customer: '#2f6fdb', office: '#0d8a8a', workArea: '#5f6b85', forbidden: '#d22f3f', home: '#a0692a', route: '#7c4ddb', other: '#6c7280' },
  purposeText: { customer: '#1f54ad', office: '#0a6868', workArea: '#4a546b', forbidden: '#a91f2e', home: '#7a4e1c', route: '#5d35b0', other: '#4f5563' },
  speed: ['#8f98a8', '#3b82f6', '#12a06a', '#e09a0b', '#dc3545'], time: ['#b9c4ff', '#2438b8'], trailCasing: '#ffffff', gap: '#8b91a0',
};

export const dark: Palette = {
  water: '#0c1118', land: '#171b22', lake: '#0c1118', river: '#1f2a37', coast: '#2c3a49', border: '#4a515e', state: '#2a303a', grid: '#20252d',
  country: '#a5adbb', stateName: '#717a89', city: '#d3d8e2', town: '#98a1b0', halo: '#12161c', label: '#edf0f6', surface: '#1a1e26',
  accent: '#8294ff',
  status: { live: '#2fbf7a', stale: '#e5a02c', lost: '#f2606c', offDuty: '#7d8694', mock: '#d273f0' },
  purpose: { customer: '#5b94f5', office: '#35b5b5', workArea: '#8d99b5', forbidden: '#f2606c', home: '#cf9a5b', route: '#a585f2', other: '#939bab' },
  purposeText: { customer: '#9dc0ff', office: '#7fdcdc', workArea: '#b9c3da', forbidden: '#ff9aa2', home: '#e6bf8d', route: '#c9b3ff', other: '#bcc3d0' },
  speed: ['#6f7a8c', '#5b9bff', '#35c78a', '#f0b13c', '#ff6673'], time: ['#3a4580', '#b5c0ff'], trailCasing: '#0f1319', gap: '#7d8694',
};

/** Red, green, blue from 0 to 1. */
export function rgb(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [((value >> 16) & 255) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}

/** A colour between two. */
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [rgb(a), rgb(b)];
  return `#${from.map((value, i) => Math.round((value + (to[i]! - value) * share) * 255).toString(16).padStart(2, '0')).join('')}`;
}
