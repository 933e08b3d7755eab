export { engineVersions } from './engine-versions.js';
export { type BackendChoice, type Engine, type UseBackendOptions, useBackend } from './use-backend.js';
