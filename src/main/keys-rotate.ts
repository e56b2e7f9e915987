import { MINUTE } from '../domain/clock.ts';
import type { Rotation } from '../application/rotate-session-keys.ts';
import { compose } from './compose.ts';
import { readArguments } from './commands/arguments.ts';
import { asCommand, EXIT, readLiveConfig } from './commands/house.ts';
import { resolve } from './container.ts';
import { createLogger } from './logger.ts';
import { openPersistence } from './modules/persistence.ts';
import { TOKENS as T } from './tokens.ts';

const OPTIONS = { 'forget-unreadable': { type: 'boolean', default: false } } as const;

/** `npm run keys:rotate`: seals every stored session key under the first key of SECRET_KEYS; servers may go on serving. */
async function rotate(): Promise<number> {
  const { values } = readArguments(2, [], OPTIONS);
  const { config } = readLiveConfig();
  const persistence = await openPersistence(config.storage, MINUTE);
  try {
    const container = compose(config, createLogger('warn'), persistence);
    const forgetUnreadable = values['forget-unreadable'];
    const rotation = await resolve(container, T.rotateSessionKeys).execute({ forgetUnreadable, onProgress });
    return report(rotation, config.secretKeys[0].id, forgetUnreadable);
  } finally {
    await persistence.close();
  }
}

const onProgress = ({ resealed }: Rotation): void => console.log(`${resealed} session keys sealed anew …`);

function report({ resealed, unreadable, keyIds }: Rotation, current: string, forgotten: boolean): number {
  for (const id of unreadable) console.error(`The session key of account ${id} cannot be opened with any key we have.`);
  if (unreadable.length > 0) console.error(forgotten ? FORGOTTEN : LEFT);
  console.log(`${resealed} sealed anew.`);
  const others = keyIds.filter((id) => id !== current);
  if (others.length === 0) console.log(`Done: all are under key "${current}" now. Older keys may leave SECRET_KEYS.`);
  else
    console.error(
      `Still in use: ${others.join(', ')}. Run this again when every server has "${current}" as its first key.`,
    );
  return others.length === 0 ? EXIT.done : EXIT.notDone;
}

const FORGOTTEN = 'They are forgotten: those users are asked for a new login once.';
const LEFT =
  'They are left as they were. Give SECRET_KEYS the key they are sealed under, or run again with --forget-unreadable: ' +
  'then those users are asked for a new login once.';

await asCommand(rotate);
