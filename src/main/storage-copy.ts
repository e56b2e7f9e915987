import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type CopyProgress, type CopyProof, CopyStorage } from '../application/copy-storage.ts';
import { MINUTE } from '../domain/clock.ts';
import { readArguments } from './commands/arguments.ts';
import { asCommand, EXIT, WrongUse } from './commands/house.ts';
import { parseConfig, type StorageSettings } from './config.ts';
import { readEnvironment } from './environment.ts';
import { openPersistence } from './modules/persistence.ts';

const USAGE = `Usage: npm run storage:copy -- --from STORAGE --to STORAGE

STORAGE is sqlite:PATH, postgres://… or mongodb://…, or the word sqlite, postgres or mongo for what SQLITE_PATH,
POSTGRES_URL or MONGODB_URL say, which keeps passwords out of the list of processes.
Stop every server on both first. The target has to be empty, or what an earlier run of the same copy left.`;

/** `npm run storage:copy`: carries everything from one storage to another, and proves that it arrived. */
async function main(): Promise<number> {
  const { values } = readArguments(2, [], { from: { type: 'string' }, to: { type: 'string' } });
  const [source, target] = [values.from, values.to].map((text) => (text === undefined ? undefined : settingsOf(text)));
  if (!source || !target) throw new WrongUse(USAGE);
  return report(await copy(source, target));
}

const PREFIX = { sqlite: /^sqlite:/, postgres: /^postgres(ql)?:/, mongo: /^mongodb(\+srv)?:/ } as const;
const VARIABLE = { sqlite: 'SQLITE_PATH', postgres: 'POSTGRES_URL', mongo: 'MONGODB_URL' } as const;
const KINDS = ['sqlite', 'postgres', 'mongo'] as const;

/** What a server would make of it: the same variables, checked in the same way. */
function settingsOf(text: string): StorageSettings | undefined {
  const kind = KINDS.find((word) => text === word || PREFIX[word].test(text));
  if (!kind) return undefined;
  const given = text === kind ? {} : { [VARIABLE[kind]]: text.replace(/^sqlite:/, '') };
  const config = parseConfig({ ...readEnvironment(), ...given, STORAGE: kind, SANDBOX: 'on', ...NOT_A_SERVER });
  return config.storage;
}

/** Nothing is served here, so what a server needs besides its storage is not asked for. */
const NOT_A_SERVER = { NODE_ENV: undefined, WECHAT_API_BASE_URL: undefined };

async function copy(source: StorageSettings, target: StorageSettings): Promise<CopyProof[]> {
  if (source.kind === 'sqlite' && !existsSync(source.path)) throw new Error(`There is no file ${source.path}.`);
  const from = await openPersistence(source, MINUTE);
  try {
    const to = await openPersistence(target, MINUTE);
    try {
      return await new CopyStorage({ from, to, digest: sha256 }).execute(showProgress);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

async function sha256(texts: AsyncIterable<string>): Promise<string> {
  const hash = createHash('sha256');
  for await (const text of texts) hash.update(text).update('\n');
  return hash.digest('hex');
}

const WIDTH = 40;

/** On a terminal one line that moves; elsewhere a line now and then. */
function showProgress({ shelf, done, of }: CopyProgress): void {
  const share = of === 0 ? 1 : Math.min(1, done / of);
  const bar = '#'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '.');
  const line = `${shelf.padEnd(9)} [${bar}] ${done}/${of}`;
  if (process.stdout.isTTY) process.stdout.write(`\r${line}${done >= of ? '\n' : ''}`);
  else if (done >= of || done % 10_000 < 200) console.log(line);
}

function report(proofs: readonly CopyProof[]): number {
  for (const proof of proofs) {
    const { shelf, from, to } = proof;
    const verdict = isSame(proof) ? `same sha256 ${to.digest}` : 'DIFFERENT';
    console.log(`${shelf.padEnd(9)} ${from.size} there, ${to.size} here, ${verdict}`);
  }
  const trouble = troubleIn(proofs);
  if (trouble === undefined) {
    console.log('Done: everything is there. Session keys stay readable with the same SECRET_KEYS.');
    return EXIT.done;
  }
  console.error(trouble);
  return EXIT.notDone;
}

const isSame = ({ from, to }: CopyProof): boolean => from.size === to.size && from.digest === to.digest;

function troubleIn(proofs: readonly CopyProof[]): string | undefined {
  if (proofs.every(({ from }) => from.size === 0))
    return 'The source is empty: there was nothing to copy. Is it the right one?';
  if (proofs.every(isSame)) return undefined;
  return 'The target does not hold what the source holds. Was it empty? Did a server write meanwhile? Empty it and run again.';
}

await asCommand(main);
