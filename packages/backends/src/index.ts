export { type BackendChoice, type Engine, type UseBackendOptions, useBackend } from './use-backend.js';
