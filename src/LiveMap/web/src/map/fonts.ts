// Labels are drawn from these files alone; Chinese falls back to the system's font.
import cyrillic400 from '@fontsource/noto-sans/files/noto-sans-cyrillic-400-normal.woff2?url';
import cyrillic500 from '@fontsource/noto-sans/files/noto-sans-cyrillic-500-normal.woff2?url';
import greek400 from '@fontsource/noto-sans/files/noto-sans-greek-400-normal.woff2?url';
import greek500 from '@fontsource/noto-sans/files/noto-sans-greek-500-normal.woff2?url';
import latin400 from '@fontsource/noto-sans/files/noto-sans-latin-400-normal.woff2?url';
import latin500 from '@fontsource/noto-sans/files/noto-sans-latin-500-normal.woff2?url';
import latinExt400 from '@fontsource/noto-sans/files/noto-sans-latin-ext-400-normal.woff2?url';
import latinExt500 from '@fontsource/noto-sans/files/noto-sans-latin-ext-500-normal.woff2?url';
import vietnamese400 from '@fontsource/noto-sans/files/noto-sans-vietnamese-400-normal.woff2?url';
import vietnamese500 from '@fontsource/noto-sans/files/noto-sans-vietnamese-500-normal.woff2?url';
import type { FontFacesSpecification } from 'maplibre-gl';

const CYRILLIC = ['U+0301', 'U+0400-045F', 'U+0490-0491', 'U+04B0-04B1', 'U+2116'];
const GREEK = ['U+0370-03FF'];
const VIETNAMESE = ['U+0102-0103', 'U+0110-0111', 'U+0128-0129', 'U+0168-0169', 'U+01A0-01A1', 'U+01AF-01B0', 'U+0300-0309', 'U+0323',
  'U+0329', 'U+1EA0-1EF9', 'U+20AB'];
const LATIN = ['U+0000-00FF', 'U+0131', 'U+0152-0153', 'U+02BB-02BC', 'U+02C6', 'U+02DA', 'U+02DC', 'U+2000-206F', 'U+20AC', 'U+2122',
  'U+2191', 'U+2193', 'U+2212', 'U+2215', 'U+FEFF', 'U+FFFD'];
const LATIN_EXT = ['U+0100-02BA', 'U+02BD-02C5', 'U+02C7-02CC', 'U+02CE-02D7', 'U+02DD-02FF', 'U+1D00-1DBF', 'U+1E00-1E9F', 'U+1EF2-1EFF',
  'U+2C60-2C7F', 'U+A720-A7FF'];

const face = (url: string, range: string[]) => ({ url, 'unicode-range': range });

export const REGULAR = 'Noto Sans Regular';
export const MEDIUM = 'Noto Sans Medium';

export const fontFaces: FontFacesSpecification = {
  [REGULAR]: [face(latin400, LATIN), face(vietnamese400, VIETNAMESE), face(latinExt400, LATIN_EXT), face(cyrillic400, CYRILLIC), face(greek400, GREEK)],
  [MEDIUM]: [face(latin500, LATIN), face(vietnamese500, VIETNAMESE), face(latinExt500, LATIN_EXT), face(cyrillic500, CYRILLIC), face(greek500, GREEK)],
};
