import type { ExpressionBuilder, Kysely } from 'kysely';
import { OutTradeNoTaken } from '../../domain/order/order-refusals.ts';
import {
  type OrderQuery,
  type OrderRepository,
  StaleOrder,
  TransactionTaken,
} from '../../domain/order/order-repository.ts';
import type { Step } from '../../domain/order/order-steps.ts';
import type { Order } from '../../domain/order/order.ts';
import type { OutTradeNo } from '../../domain/order/out-trade-no.ts';
import { appendEvents, inOneStep } from './append-events.ts';
import type { Flavour } from './flavour.ts';
import { fromRow, progressToRow, toRow } from './order-row.ts';
import type { Schema } from './schema.ts';
import { pageOf, restoreInto, sizeOf } from './shelf.ts';

export class KyselyOrderRepository implements OrderRepository {
  readonly #db: Kysely<Schema>;
  readonly #flavour: Flavour;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, flavour: Flavour, reader = db) {
    this.#db = db;
    this.#flavour = flavour;
    this.#reader = reader;
  }

  async add({ order, events }: Step): Promise<void> {
    await inOneStep(this.#db, async (trx) => {
      const { numInsertedOrUpdatedRows } = await trx
        .insertInto('orders')
        .values(toRow(order))
        .onConflict((taken) => taken.column('id').doNothing())
        .executeTakeFirstOrThrow();
      if (numInsertedOrUpdatedRows === 0n) throw new OutTradeNoTaken();
      await appendEvents(trx, this.#flavour, events);
    });
  }

  async find(id: OutTradeNo): Promise<Order | undefined> {
    const row = await this.#reader.selectFrom('orders').selectAll().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  async save<State extends Order>(step: Step<State>): Promise<State> {
    try {
      return await this.#write(step);
    } catch (error) {
      throw (await this.#isPaidFor(step.order)) ? new TransactionTaken() : error;
    }
  }

  /** With nothing to tell, one statement is the whole step. */
  async #write<State extends Order>({ order, events }: Step<State>): Promise<State> {
    if (events.length === 0) return update(this.#db, order);
    return inOneStep(this.#db, async (trx) => {
      const saved = await update(trx, order);
      await appendEvents(trx, this.#flavour, events);
      return saved;
    });
  }

  /** Each database has its own words for what is not unique, and none has the whole truth: so we look. */
  async #isPaidFor(order: Order): Promise<boolean> {
    if (order.state !== 'paid') return false;
    const { transactionId } = order.payment;
    const other = await this.#reader
      .selectFrom('orders')
      .select('id')
      .where('transaction_id', '=', transactionId)
      .where('id', '!=', order.id)
      .executeTakeFirst();
    return other !== undefined;
  }

  async due(now: Date, limit: number): Promise<Order[]> {
    const rows = await this.#reader
      .selectFrom('orders')
      .selectAll()
      .where('due_at', '<=', now.getTime())
      .orderBy('due_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async list({ state, limit, after }: OrderQuery): Promise<Order[]> {
    const rows = await this.#reader
      .selectFrom('orders')
      .selectAll()
      .$if(state !== undefined, (query) => query.where('state', '=', state!))
      .$if(after !== undefined, (query) => query.where(isBehind(after!)))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async page(after: string, limit: number): Promise<Order[]> {
    return (await pageOf(this.#reader, 'orders', after, limit)).map(fromRow);
  }

  restore(orders: readonly Order[]): Promise<void> {
    return restoreInto(this.#db, 'orders', orders.map(toRow), 'id');
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'orders');
  }
}

async function update<State extends Order>(db: Kysely<Schema>, order: State): Promise<State> {
  const saved = { ...order, version: order.version + 1 };
  const { numUpdatedRows } = await db
    .updateTable('orders')
    .set(progressToRow(saved))
    .where('id', '=', order.id)
    .where('version', '=', order.version)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) throw new StaleOrder();
  return saved;
}

const isBehind =
  ({ createdAt, id }: Pick<Order, 'createdAt' | 'id'>) =>
  (where: ExpressionBuilder<Schema, 'orders'>) =>
    where(where.refTuple('created_at', 'id'), '<', where.tuple(createdAt.getTime(), id));
