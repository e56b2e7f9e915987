import type { Chance } from './chance.ts';
import type { Life } from './people.ts';

const USERS = 40;

/** Most are paid, and a few of those in silence; some are closed, some at the moment they are paid, and some left. */
export function livesOf(orders: number, chance: Chance): Life[] {
  const start = chance.next();
  return Array.from({ length: orders }, (_, n) => lifeOf(n, endingOf((start + n * GOLDEN) % 1), chance));
}

/** Steps of this length come everywhere soon, so that some few orders have every ending. */
const GOLDEN = 0.618_033_988_75;

function lifeOf(n: number, ending: Life['ending'], chance: Chance): Life {
  const total = 10 + (n % 9_990);
  const isRefunded = ending === 'paid' && chance.is(0.15);
  return {
    total,
    ending,
    isKeyed: n % 4 === 0,
    isNoticeLost: chance.is(0.02),
    walksAway: chance.is(0.02),
    user: `user-${chance.from(1, USERS)}`,
    logsIn: chance.is(0.1),
    isRenamed: chance.is(0.1),
    ...(isRefunded && { refunds: refundsOf(total, chance) }),
  };
}

function endingOf(fate: number): Life['ending'] {
  if (fate < 0.88) return 'paid';
  if (fate < 0.91) return 'closed';
  if (fate < 0.94) return 'raced';
  return fate < 0.965 ? 'left' : 'expired';
}

/** A part and often the rest, or three times two fifths, of which only two can be given back. */
function refundsOf(total: number, chance: Chance): NonNullable<Life['refunds']> {
  const isKeyed = chance.is(0.5);
  const part = chance.from(1, total - 1);
  const share = Math.floor(total * 0.4);
  if (chance.is(0.3)) return { amounts: [share, share, share], isKeyed, atOnce: true };
  return { amounts: chance.is(0.5) ? [part] : [part, total - part], isKeyed };
}
