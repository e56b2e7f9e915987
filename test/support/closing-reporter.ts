import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node';
import './backends.ts';

/** After everything else: which backends each contract really ran on, and one line that a script can read. */
export class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const broken = modules.filter((module) => module.errors().length > 0).length;
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    const failed = count('failed') + broken + unhandled.length;
    for (const line of tableOf(modules)) console.log(line);
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
