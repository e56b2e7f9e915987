import { countsOf, FINDINGS, promiseOf } from './findings.ts';
import type { StormReport } from './storm.ts';

/** What was thrown and what was found, a column for each storm, in Markdown. */
export function tableOf(reports: readonly StormReport[]): string {
  const counts = reports.map(({ found }) => countsOf(found));
  const heads = reports.map(({ storage, api, build }) =>
    [storage, api, ...(build === 'right' ? [] : [build])].join(', '),
  );
  const kinds = [...new Set(reports.flatMap(({ thrown }) => Object.keys(thrown)))];
  return [
    row(['', ...heads]),
    row(['---', ...heads.map(() => '---:')]),
    row(['seed', ...reports.map(({ seed }) => seed)]),
    row(['seconds', ...reports.map(({ seconds }) => seconds.toFixed(1))]),
    ...kinds.map((kind) => row([kind, ...reports.map(({ thrown }) => thrown[kind] ?? '')])),
    ...FINDINGS.map((finding) => row([`**${promiseOf(finding)} ${finding}**`, ...counts.map((one) => one[finding])])),
  ].join('\n');
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
