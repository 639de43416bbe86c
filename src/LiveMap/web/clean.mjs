// Empties wwwroot before a build, all but the basemap, so that no file of an earlier build stays behind.
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

if (!process.env.CONSOLE_OUT) {
  for (const name of ['assets', 'index.html']) rmSync(fileURLToPath(new URL(`../wwwroot/${name}`, import.meta.url)), { recursive: true, force: true });
}
