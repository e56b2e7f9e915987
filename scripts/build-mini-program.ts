import { execFileSync } from 'node:child_process';

/**
 * `node scripts/build-mini-program.ts [folder]`: the client as plain files that a mini program can require.
 * They belong into the mini program's own folder: the package is a server's, and 构建 npm would pack all of that.
 */
const [folder = 'examples/mini-program/wexagon'] = process.argv.slice(2);
const FLAGS =
  '--ignoreConfig --module commonjs --moduleResolution bundler --target es2018 --lib es2022 --types node'.split(' ');
const STYLE =
  '--strict --removeComments --rewriteRelativeImportExtensions --verbatimModuleSyntax false --skipLibCheck --declaration'.split(
    ' ',
  );

execFileSync(
  process.execPath,
  ['node_modules/typescript/bin/tsc', 'src/client/mini-program.ts', ...FLAGS, ...STYLE, '--outDir', folder],
  { stdio: 'inherit' },
);
