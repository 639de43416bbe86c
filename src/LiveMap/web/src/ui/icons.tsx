// Line icons on a grid of 16, drawn here so that no icon font or package is needed.

const paths = {
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.7 10.7 14 14',
  close: 'M4 4l8 8M12 4l-8 8',
  back: 'M10 3 5 8l5 5',
  next: 'M6 3l5 5-5 5',
  target: 'M8 12.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM8 1v3M8 12v3M1 8h3M12 8h3',
  follow: 'M14 2 2 7l5 2 2 5 5-12Z',
  bell: 'M4 7a4 4 0 0 1 8 0c0 3.5 1.5 4.5 1.5 4.5h-11S4 10.5 4 7ZM6.5 14h3',
  sound: 'M2.5 6h2L8 3v10L4.5 10h-2V6ZM10.5 6a3 3 0 0 1 0 4M12.5 4a6 6 0 0 1 0 8',
  mute: 'M2.5 6h2L8 3v10L4.5 10h-2V6ZM11 6.5l3 3M14 6.5l-3 3',
  wall: 'M2 3h12v8H2zM6 14h4M8 11v3',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7Z',
  auto: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 2v12M8 5l3.5-1M8 8h6M8 11l3.5 1',
  language: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM2 8h12M8 2c2 2 2.5 4 2.5 6S10 12 8 14c-2-2-2.5-4-2.5-6S6 4 8 2Z',
  help: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM6.3 6.3a1.7 1.7 0 1 1 2.5 1.5c-.5.3-.8.7-.8 1.2M8 11.2v.1',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  fit: 'M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4',
  fence: 'M3 4.5 9 2l4.5 5L11 13.5 4 12 3 4.5Z',
  layers: 'M8 2 14.5 5.5 8 9 1.5 5.5 8 2ZM1.5 8.5 8 12l6.5-3.5M1.5 11.2 8 14.700l6.5-3.5',
  tag: 'M2 3h12M8 3v10M5.5 13h5',
  panelLeft: 'M2 3h12v10H2zM6 3v10',
  panelRight: 'M2 3h12v10H2zM10 3v10',
  enter: 'M9 2.5h4.5v11H9M2 8h7.5M6.5 5l3 3-3 3',
  exit: 'M7 2.5H2.5v11H7M6 8h7.5M10.5 5l3 3-3 3',
  cross: 'M2 8h12M11 5l3 3-3 3M5.5 3v10',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.5V8l2.5 1.5',
  shield: 'M8 1.5 13 3.5V8c0 3-2 5.2-5 6.5C5 13.2 3 11 3 8V3.5l5-2ZM8 5v3.5M8 10.7v.1',
  check: 'M8 1.5 13 3.5V8c0 3-2 5.2-5 6.5C5 13.2 3 11 3 8V3.5l5-2ZM5.8 8l1.6 1.6L10.5 6.5',
  signalOff: 'M2 2l12 12M5 11a4.2 4.2 0 0 1 5.2-.7M2.5 8.2A8 8 0 0 1 5.3 6.4M8.5 5.8a8 8 0 0 1 5 2.4M8 13.5v.1',
  signal: 'M5 10.5a4.5 4.5 0 0 1 6 0M2.5 7.5a8 8 0 0 1 11 0M8 13.5v.1',
  warning: 'M8 2 15 13.5H1L8 2ZM8 6.5v3M8 11.5v.1',
  speed: 'M2.5 12a6.2 6.2 0 1 1 11 0M8 10l3-4',
  battery: 'M2 5h10v6H2zM14 7v2',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.5v3.5M8 5v.1',
  report: 'M3 2h7l3 3v9H3zM5.500 11.500v-2M8 11.500V7M10.500 11.500V9',
  download: 'M8 2v8M4.500 7 8 10.500 11.500 7M2.500 13.500h11',
  leave: 'M7 2.5H2.5v11H7M6.5 8h7M11 5.5 13.5 8 11 10.5',
  people: 'M6 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c0-2.5 2-4 4.5-4s4.5 1.5 4.5 4M10.5 3.2a2.5 2.5 0 0 1 0 4.6M12 10c1.5.5 2.5 1.8 2.5 3.5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The sign of the product: the arrow that stands for a moving rep. */
export function Logo({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3d5afe" />
      <path d="M16 6l8.5 19L16 20.6 7.5 25z" fill="#fff" />
    </svg>
  );
}
