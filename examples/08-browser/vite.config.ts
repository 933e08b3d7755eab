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
  // Not minified: tfjs's wasm threads run the text of a function, which breaks when `_scriptDir` around it is renamed.
  build: { target: 'es2022', minify: false, chunkSizeWarningLimit: 8192 },
  // The hub's client is for Node, and never asked for here.
  worker: { format: 'es', rolldownOptions: { external: ['@huggingface/hub'] } },
  server: { headers: isolation },
  preview: { headers: isolation },
});
