import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { BOUNDARIES } from './boundary-rules.ts';

export interface Survey {
  /** How many modules of our own were read. */
  readonly read: number;
  readonly violations: readonly { readonly rule: string; readonly from: string; readonly to: string }[];
}

/** Reads every import below `src` of a folder, type imports too, and holds them against the boundaries. */
export async function surveyBoundaries(baseDir: string): Promise<Survey> {
  const { output } = await cruise(['src'], {
    baseDir,
    validate: true,
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    ruleSet: { forbidden: [...BOUNDARIES] },
  });
  const { modules, summary } = output as ICruiseResult;
  return {
    read: modules.filter(({ source }) => source.startsWith('src/')).length,
    violations: summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
  };
}
