import { eventId } from '../../../src/domain/order/event-log.ts';
import type { Order } from '../../../src/domain/order/order.ts';
import { type Book, bookOf, paymentsIn } from './book.ts';
import { checkOrder } from './check-order.ts';
import { checkRefundMarks, checkRefundPromises } from './check-refunds.ts';
import { checkUsers } from './check-users.ts';
import type { Finding, Found } from './findings.ts';
import type { World } from './world.ts';

/** Everything that is wrong: of a storm that was survived, nothing. */
export function check(world: World): Found[] {
  const { history, trades } = world;
  const book = bookOf(world);
  const unknown = trades.filter(({ out_trade_no: id }) => !book.orders.has(id));
  return [
    ...checkAcknowledged(book),
    ...checkPromises(book),
    ...checkKeys(book),
    ...checkRefundPromises(book),
    ...checkRefundMarks(book),
    ...[...book.orders.values()].flatMap((order) => checkOrder(order, book)),
    ...unknown.map(({ out_trade_no: about }): Found => ({ finding: 'differing', about })),
    ...checkHeard(world),
    ...checkUsers(world),
    ...world.leaks.map((about): Found => ({ finding: 'secret told', about })),
    ...history.witnessed,
  ];
}

/** At the moment of the SUCCESS the payment has to be written: whatever is written later did not stand behind it. */
function checkAcknowledged(book: Book): Found[] {
  return book.history.acknowledged.flatMap(({ outTradeNo, at }): Found[] => {
    const payments = paymentsIn(outTradeNo, book);
    if (payments.some((event) => event.at.getTime() <= at)) return [];
    const isLate = payments.some(({ notice }) => notice !== null);
    return [{ finding: isLate ? 'acknowledged too early' : 'acknowledged but lost', about: outTradeNo }];
  });
}

function checkPromises({ history, orders }: Book): Found[] {
  const unmade = history.made.filter(({ outTradeNo, total }) => orders.get(outTradeNo)?.amount.total !== total);
  const isShut = (order: Order | undefined) => order?.state === 'closed' || (order?.state === 'paid' && order.late);
  const open = history.closed.filter((outTradeNo) => !isShut(orders.get(outTradeNo)));
  return [...unmade.map(({ outTradeNo }) => outTradeNo), ...open].map((about) => ({
    finding: 'promise broken',
    about,
  }));
}

/** The key is told by the answers, and noted on the order for those that nobody was told of. */
function checkKeys({ history, orders }: Book): Found[] {
  const told = history.made.flatMap(({ key, outTradeNo }) => (key === undefined ? [] : [{ key, outTradeNo }]));
  const noted = [...orders].flatMap(([outTradeNo, { metadata }]) =>
    metadata?.key === undefined ? [] : [{ key: metadata.key, outTradeNo }],
  );
  const numbers = Map.groupBy([...told, ...noted], ({ key }) => key).values();
  return [...numbers].flatMap((one) => {
    const [, ...others] = new Set(one.map(({ outTradeNo }) => outTradeNo));
    return others.map((about): Found => ({ finding: 'second order', about }));
  });
}

/** By webhook in any order between orders, but every event; by the log every event, in its place. */
function checkHeard({ heard: { told, read, wrong }, kept: { log } }: World): Found[] {
  const ids = log.map(({ id }): string => eventId(id));
  const of = (finding: Finding, about: readonly string[]) => about.map((id): Found => ({ finding, about: id }));
  return [
    ...wrong,
    ...of('webhook missing', told ? ids.filter((id) => !told.has(id)) : []),
    ...of('event missed', read ? ids.filter((id, place) => read[place] !== id) : []),
  ];
}
