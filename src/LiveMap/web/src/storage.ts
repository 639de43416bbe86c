// What the browser remembers between visits. A browser that refuses storage just remembers nothing.

const PREFIX = 'tracking.';

export function stored(key: string): string | undefined {
  try {
    return localStorage.getItem(PREFIX + key) ?? undefined;
  } catch {
    return undefined;
  }
}

export function store(key: string, value: string): void {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // Private windows may refuse; the setting then lasts as long as the page.
  }
}
