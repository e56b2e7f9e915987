#!/usr/bin/env node
// Plain JavaScript that any Node can read: an older one has to get as far as the sentence below,
// and no further, for the native packages behind it would crash the process without a word.
const [major, minor] = process.versions.node.split('.').map(Number);
const isNewEnough = (major > 22 || (major === 22 && minor >= 18)) && Boolean(process.features.typescript);

const COMMANDS = {
  start: '../src/main.ts',
  simulator: '../src/simulator/main.ts',
  'keys rotate': '../src/main/keys-rotate.ts',
};

const words = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const command = words.join(' ') || 'start';

if (!isNewEnough) {
  console.error(`Wexagon needs Node 22.18 or newer; this is Node ${process.versions.node}.`);
  process.exitCode = 1;
} else if (process.argv.includes('--help') || command === 'help') {
  console.log(
    `Usage: wexagon [command]\n\n${Object.keys(COMMANDS).join('\n')}\n\nSettings come from the environment; README has the table.`,
  );
} else if (!Object.hasOwn(COMMANDS, command)) {
  console.error(`There is no command "${command}". There are: ${Object.keys(COMMANDS).join(', ')}.`);
  process.exitCode = 1;
} else {
  await import(COMMANDS[command]);
}
