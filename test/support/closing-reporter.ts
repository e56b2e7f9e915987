import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import './backends.ts';

/** Where the set-up of a run leaves word of what it could not find: an array of {@link MissingBackend}. */
export const MISSING_BACKENDS = Symbol.for('wexagon.missing-backends');

export interface MissingBackend {
  readonly name: string;
  readonly reason: string;
}

/**
 * After everything else: which backends each contract really ran on, which were missing, what was skipped and why, and
 * one line that a script can read.
 */
export class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const failed = count('failed') + broken + unhandled.length;
    for (const line of [...tableOf(modules), ...missingBackends(), ...skipReasons(tests)]) console.log(line);
    console.log(`\n${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped`);
  }
}

function tableOf(modules: readonly TestModule[]): string[] {
  const rows = modules.flatMap((module) => [...module.children.allSuites()].flatMap(rowOf));
  const unique = [...new Set(rows)].toSorted();
  return unique.length === 0 ? [] : ['\nWhat each contract and story really ran on:', ...unique];
}

function rowOf(suite: TestSuite): string[] {
  const { backend, contract } = suite.meta();
  if (!backend || !contract || ranIn(suite).length === 0) return [];
  return [`  ${contract.padEnd(28)} ${backend.name.padEnd(14)} ${backend.server}`];
}

const ranIn = (suite: TestSuite): TestCase[] =>
  [...suite.children.allTests()].filter((test) => test.result().state !== 'skipped');

function missingBackends(): string[] {
  const missing = (globalThis as { [MISSING_BACKENDS]?: readonly MissingBackend[] })[MISSING_BACKENDS] ?? [];
  return missing.map(({ name, reason }) => `Nothing ran on ${name}: ${reason}`);
}

/** One line for each reason, however many tests were skipped for it. */
function skipReasons(tests: readonly TestCase[]): string[] {
  const skipped = tests.map((test) => test.result()).filter((result) => result.state === 'skipped');
  const byReason = Map.groupBy(skipped, ({ note }) => note ?? 'no reason given');
  return [...byReason].map(([reason, { length }]) => `Skipped ${length}: ${reason}`);
}
