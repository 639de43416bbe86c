import { defineConfig } from 'vite';

/** The server to develop against: `npm run simulator`, or a real one. */
const server = process.env.TRACKING_URL ?? 'http://127.0.0.1:8090';
const proxied = Object.fromEntries(['/v1', '/signin', '/basemap', '/hub'].map((path) => [path, { target: server, ws: true }]));

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  publicDir: false,
  server: { proxy: proxied },
  worker: { format: 'es' },
  build: {
    outDir: process.env.CONSOLE_OUT ?? '../wwwroot',
    // The basemap stands in the same folder and is built on its own.
    emptyOutDir: false,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Vendors apart: they keep their names, and stay cached, when only the console changes.
            { name: 'signalr', test: /node_modules\/(@microsoft|@msgpack)/ },
            { name: 'maplibre', test: /node_modules\/(maplibre-gl|@maplibre|@mapbox|pmtiles|fflate)/ },
          ],
        },
      },
    },
  },
});
