// Takes the screenshots that a reviewer looks at: node shots.mjs URL [folder] [only]. Needs a running server and chromium.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const [url = 'http://127.0.0.1:8090', folder = '.cache/shots', only = ''] = process.argv.slice(2);
const token = process.env.TRACKING_TOKEN;
const sizes = { phone: [390, 844], laptop: [1440, 900], wall: [2560, 1440] };
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const city = process.env.SHOT_VIEW ?? '12.5/48.2085/16.3721';

/** Each: name, size, language, theme, address, and what is done before the shutter. */
const scenes = [
  ['laptop-list-en-light', 'laptop', 'en', 'light', `#${city}`],
  ['laptop-list-zh-dark', 'laptop', 'zh', 'dark', `#${city}`],
  ['laptop-world-en-light', 'laptop', 'en', 'light', '#2/35/20'],
  ['laptop-country-zh-light', 'laptop', 'zh', 'light', '#6/48.2/14.5'],
  ['laptop-region-en-dark', 'laptop', 'en', 'dark', '#9/48.2/16.3'],
  ['laptop-rep-en-light', 'laptop', 'en', 'light', `#${city}`, openFirst],
  ['laptop-rep-zh-dark', 'laptop', 'zh', 'dark', `#${city}`, openFirst],
  ['laptop-mock-en-light', 'laptop', 'en', 'light', `#${city}`, openMock],
  ['laptop-fence-en-light', 'laptop', 'en', 'light', `#${city}`, openFence],
  ['laptop-help-en-light', 'laptop', 'en', 'light', `#${city}`, (page) => page.keyboard.press('?')],
  ['laptop-empty-en-light', 'laptop', 'en', 'light', `#${city}`, (page) => page.fill('#search', 'zzzz')],
  ['laptop-reports-en-light', 'laptop', 'en', 'light', `#${city}?report=mileage`],
  ['laptop-reports-zh-dark', 'laptop', 'zh', 'dark', `#${city}?report=visits`, (page) => page.click('.questions .segmented >> nth=1 >> button >> nth=1')],
  ['phone-reports-en-light', 'phone', 'en', 'light', `#${city}?report=attendance`],
  ['wall-reports-zh-light', 'wall', 'zh', 'light', `#${city}?report=exceptions`],
  ['phone-list-en-light', 'phone', 'en', 'light', `#${city}`],
  ['phone-rep-zh-dark', 'phone', 'zh', 'dark', `#${city}`, openFirst],
  ['phone-alerts-en-light', 'phone', 'en', 'light', `#${city}`, (page) => page.click('[role=tab] >> nth=1')],
  ['wall-en-dark', 'wall', 'en', 'dark', `#${city}`, (page) => page.click('.feed-head [aria-pressed] >> nth=1')],
  ['wall-zh-light', 'wall', 'zh', 'light', `#${city}`],
];

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags });
let problems = 0;
for (const scene of scenes) if (scene[0].includes(only)) await shoot(scene);
await browser.close();
process.exitCode = problems > 0 ? 1 : 0;

async function shoot([name, size, lang, theme, hash, act]) {
  const [width, height] = sizes[size];
  const context = await browser.newContext({ viewport: { width, height }, deviceScaleFactor: 1, colorScheme: theme, locale: lang === 'zh' ? 'zh-CN' : 'en-GB' });
  const page = await context.newPage();
  const complain = (text) => {
    problems++;
    console.log(`${name}: ${text}`);
  };
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !message.text().includes('ReadPixels') && complain(message.text()));
  page.on('pageerror', (error) => complain(error.stack ?? error.message));
  page.on('request', (request) => !request.url().startsWith(url) && !/^(data|blob):/.test(request.url()) && complain(`asked for ${request.url()}`));
  if (token) await context.request.post(`${url}/v1/session`, { data: { token } });
  await page.goto(`${url}/${hash}`);
  await page.waitForSelector('.map canvas', { timeout: 60_000 });
  await settle(page);
  if (act) {
    await act(page);
    await settle(page);
  }
  await page.screenshot({ path: `${folder}/${name}.png` });
  await context.close();
  console.log(`${folder}/${name}.png`);
}

function settle(page) {
  return page.waitForTimeout(Number(process.env.SETTLE_MS ?? 3500));
}

async function openFirst(page) {
  await page.fill('#search', process.env.SHOT_REP ?? 'r-2');
  await page.waitForTimeout(600);
  await page.press('#search', 'Enter');
  await page.waitForTimeout(2500);
}

async function openMock(page) {
  await page.click('.chip >> nth=5');
  await page.waitForTimeout(300);
  await page.click('.row >> nth=0');
}

async function openFence(page) {
  await page.fill('#search', process.env.SHOT_FENCE ?? 'a');
  await page.waitForTimeout(300);
  await page.click('.fence-row >> nth=0');
}
