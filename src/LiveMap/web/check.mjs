// Builds the console in another folder and compares it, byte for byte, with what is committed in wwwroot.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const committed = fileURLToPath(new URL('../wwwroot', import.meta.url));
const rebuilt = mkdtempSync(join(tmpdir(), 'console-'));
const filesOf = (folder) => readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1).replaceAll('\\', '/'))
  .filter((name) => !name.startsWith('basemap/'))
  .sort();

try {
  const env = { ...process.env, CONSOLE_OUT: rebuilt };
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: fileURLToPath(new URL('.', import.meta.url)), env, stdio: ['ignore', 'ignore', 'inherit'] });
  const names = [...new Set([...filesOf(committed), ...filesOf(rebuilt)])].sort();
  const read = (folder, name) => { try { return readFileSync(join(folder, name)); } catch { return undefined; } };
  const different = names.filter((name) => {
    const [a, b] = [read(committed, name), read(rebuilt, name)];
    return !a || !b || !a.equals(b);
  });
  for (const name of different) console.error(`differs: ${name}`);
  console.log(different.length === 0 ? `${names.length} files are the same as committed` : 'run `npm run build` and commit wwwroot');
  process.exitCode = different.length === 0 ? 0 : 1;
} finally {
  rmSync(rebuilt, { recursive: true });
}
