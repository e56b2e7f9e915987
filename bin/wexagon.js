#!/usr/bin/env node
import { existsSync } from 'node:fs';

// Plain JavaScript that any Node can read: an older one has to get as far as the sentence below,
// and no further, for the native packages behind it would crash the process without a word.
const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = (major > 22 || (major === 22 && minor >= 18)) && Boolean(process.features.typescript);

const COMMANDS = {
  start: 'main',
  demo: 'main/demo',
  simulator: 'simulator/main',
  'keys rotate': 'main/keys-rotate',
  'storage copy': 'main/storage-copy',
};

const args = process.argv.slice(2);
const options = args.findIndex((arg) => arg.startsWith('-'));
const command = args.slice(0, options === -1 ? args.length : options).join(' ') || 'start';

if (!isNewEnough) {
  console.error(`Wexagon needs Node 22.18 or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else if (args.includes('--help') || command === 'help') {
  const commands = Object.keys(COMMANDS).join('\n  ');
  console.log(`Usage: wexagon [command]\n\n  ${commands}\n\nSettings come from the environment; README has the table.`);
} else if (!Object.hasOwn(COMMANDS, command)) {
  console.error(`There is no command "${command}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
  process.exitCode = 1;
} else {
  // A checkout runs its sources; an installed package, where Node strips no types, what was built from them.
  const source = new URL(`../src/${COMMANDS[command]}.ts`, import.meta.url);
  await import(existsSync(source) ? source.href : `../dist/src/${COMMANDS[command]}.js`);
}
