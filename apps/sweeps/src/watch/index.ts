// A sweep as it goes: its events in, a table in the terminal out; or its folder in, a live page out.

export { progressDisplay } from './progress-display.js';
export { isLoopback } from './serve/access.js';
export { serveApp } from './serve/serve-app.js';
