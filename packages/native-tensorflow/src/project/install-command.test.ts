import type { Agent } from 'package-manager-detector';
import { expect, it } from 'vitest';
import { installCommand } from './install-command.js';

const NAME = '@tensorflow/tfjs-node';
const project = (packageManager: Agent, wanted: readonly string[] = []) => ({ folder: '/p', packageManager, wanted });

it.each<[Agent, string, string]>([
  ['npm', 'npm i --ignore-scripts @tensorflow/tfjs-node@4.22', 'npm i --ignore-scripts'],
  ['pnpm', 'pnpm add --ignore-scripts @tensorflow/tfjs-node@4.22', 'pnpm i --ignore-scripts'],
  ['yarn', 'yarn add --ignore-scripts @tensorflow/tfjs-node@4.22', 'yarn install --ignore-scripts'],
  // Yarn 2 and later know no --ignore-scripts.
  ['yarn@berry', 'yarn add --mode=skip-build @tensorflow/tfjs-node@4.22', 'yarn install --mode=skip-build'],
  ['bun', 'bun add --ignore-scripts @tensorflow/tfjs-node@4.22', 'bun install --ignore-scripts'],
])('asks %s for it without its script, by the version that package.json says', (agent, added, installed) => {
  expect(installCommand(NAME, project(agent)).join(' ')).toBe(added);
  expect(installCommand(NAME, project(agent, [NAME])).join(' ')).toBe(installed);
});

it('leaves a package manager that it does not know to the user', () => {
  expect(() => installCommand(NAME, project('deno'))).toThrow(
    '@tensorflow/tfjs-node is not installed, and deno is not known here. Install @tensorflow/tfjs-node@4.22 with it into a folder node_modules',
  );
});
