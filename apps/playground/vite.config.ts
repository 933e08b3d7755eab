import { defaultClientConditions, defineConfig } from 'vite';

// What a page must be served with for wasm to compute on several threads. Without them it takes one.
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  // Relative addresses: the built files work from any folder of a static server.
  base: './',
  resolve: {
    conditions: ['@nfnets/source', ...defaultClientConditions],
    // tfjs's `browser` files are bundles, each with an engine of its own.
    mainFields: ['module', 'main'],
  },
  build: { target: 'es2022', chunkSizeWarningLimit: 4096 },
  worker: { format: 'es' },
  server: { headers: isolation },
  preview: { headers: isolation },
});
