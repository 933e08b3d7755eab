// Puts the built playground beside the API site, whose folder is emptied when that is built.
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
rmSync(at('site/playground'), { recursive: true, force: true });
cpSync(at('apps/playground/dist'), at('site/playground'), { recursive: true });
