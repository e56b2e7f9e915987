import { apiDocument, operationsOf } from '../api-document.ts';
import type { Chance } from '../storm/chance.ts';
import { ToldAnswers } from '../told-answers.ts';
import { askingFor, type Operation } from './asking.ts';
import { type Around, type Asking, type HeardAnswer, House } from './house.ts';
import { type Fate, Finding, shortened, type Target } from './target.ts';

/** Of these the target of signatures takes care. */
const isOfNotices = (tags: readonly string[]): boolean => tags.includes('notices');

const document = apiDocument();
const operations = operationsOf(document).filter(([, { tags }]) => !isOfNotices(tags));
/** They take nothing, and tell a lot. */
const isOfHouse = ([, { tags }]: Operation): boolean => tags.includes('operations');
const [HOUSE, OTHERS] = [operations.filter(isOfHouse), operations.filter((one) => !isOfHouse(one))];
const told = new ToldAnswers(document);

/** It knows which operations nobody has been let through to yet. */
export interface JsonTarget extends Target {
  readonly unreached: ReadonlySet<string>;
}

/**
 * Every route of the document, over HTTP. None answers as if something were wrong with us, none otherwise than it is told
 * of, and whoever is refused, or only reads, changes no row. All that a refusal may write is itself, under its Idempotency-Key.
 */
export async function jsonTarget(around?: Around): Promise<JsonTarget> {
  const house = await House.open(around);
  const unreached = new Set(operations.map(([name]) => name));
  house.stock.take();
  return {
    name: 'json',
    unreached,
    attempt: async (chance) => {
      const [operation, asking, answer] = await ask(chance, house);
      const why = (await changeBy(asking, answer, house)) ?? wrongWith(asking, answer);
      if (why)
        throw new Finding(`${answer.status}: ${why}\n  to ${tell(asking)}\n  answered ${shortened(answer.text)}`);
      if (answer.status < 400) unreached.delete(operation);
      return fateOf(answer);
    },
    close: () => house.close(),
  };
}

async function ask(chance: Chance, house: House): Promise<[operation: string, Asking, HeardAnswer]> {
  const operation = chance.oneOf(chance.is(0.02) ? HOUSE : OTHERS);
  const asking = askingFor(chance, operation, house.token);
  return [operation[0], asking, await house.ask(asking)];
}

const fateOf = ({ status }: HeardAnswer): Fate => (status < 400 ? 'accepted' : 'refused');

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Steps of writing are counted; only where there were any and none was to be, it is looked whether they changed a row. */
async function changeBy(asking: Asking, answer: HeardAnswer, house: House): Promise<string | undefined> {
  const { answers, rows } = house.stock.take();
  if (answers + rows === 0) return undefined;
  const mayChange = answer.status < 400 && !READING.has(asking.method);
  const changed = mayChange ? [] : await house.changes();
  await house.tidyUp();
  if (answers > 0 && asking.headers['idempotency-key'] === undefined) return 'an answer is kept for no key';
  return changed.length > 0 ? `changed ${changed.join(', ')}` : undefined;
}

function wrongWith(asking: Asking, answer: HeardAnswer): string | undefined {
  return answer.status >= 500 ? 'as if it were our fault' : otherwiseThanTold(asking, answer);
}

function otherwiseThanTold({ method, target }: Asking, answer: HeardAnswer): string | undefined {
  const body = answer.type.endsWith('json') && answer.text !== '' ? parsed(answer.text) : undefined;
  const path = target.replace(/^http:\/\/[^/]*/, '').split(/[?#]/)[0]!;
  if (isOfNode(answer, path) || isOfNoRoute(answer, body)) return undefined;
  if (method === 'HEAD') return answer.text === '' ? undefined : 'more than its head';
  const name = told.operationAt(method, path);
  return name === undefined ? 'of a route that nobody has told of' : told.faultsOf(name, { ...answer, body })[0];
}

/** No request at all. */
const isOfNode = ({ status, text, type }: HeardAnswer, path: string): boolean =>
  status === 400 && type === '' && text === '' && !path.startsWith('/');

const isOfNoRoute = ({ status, type }: HeardAnswer, body: unknown): boolean =>
  type === 'application/problem+json' && OF_NO_ROUTE.has(`${status} ${(body as { code?: string } | undefined)?.code}`);

const OF_NO_ROUTE = new Set(['404 route-not-found', '405 method-not-allowed', '400 malformed-request']);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Finding(`no JSON: ${shortened(text)}`);
  }
}

const tell = ({ body, headers, method, target }: Asking): string =>
  `${method} ${target} ${JSON.stringify(headers)} ${shortened(body?.toString() ?? '')}`;
