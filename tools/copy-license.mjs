// Puts the licence into the package that is about to be packed: npm takes files of the package's own folder only.
import { copyFileSync } from 'node:fs';

copyFileSync(new URL('../LICENSE', import.meta.url), 'LICENSE');
