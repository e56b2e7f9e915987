import type { AliasedRawBuilder, ExpressionBuilder, Kysely } from 'kysely';
import { OutTradeNoTaken } from '../../domain/order/order-refusals.ts';
import {
  type OrderQuery,
  type OrderRepository,
  type Repayment,
  StaleOrder,
  TransactionTaken,
} from '../../domain/order/order-repository.ts';
import type { Step } from '../../domain/order/order-steps.ts';
import type { CreatedOrder, Order, PaidOrder } from '../../domain/order/order.ts';
import type { OutTradeNo } from '../../domain/order/out-trade-no.ts';
import type { SucceededRefund } from '../../domain/order/refund.ts';
import { appendEvents, inOneStep } from './append-events.ts';
import type { Flavour } from './flavour.ts';
import { keepRefunds, putRefunds } from './keep-refunds.ts';
import { fromRow, progressToRow, toRow } from './order-row.ts';
import { refundsAsJson, refundsToRows } from './refund-row.ts';
import type { RefundRow, Schema } from './schema.ts';
import { putRows, sizeOf } from './shelf.ts';

export class KyselyOrderRepository implements OrderRepository {
  readonly #db: Kysely<Schema>;
  readonly #flavour: Flavour;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;
  readonly #refunds: AliasedRawBuilder<string | null, 'refunds'>;

  constructor(db: Kysely<Schema>, flavour: Flavour, reader = db) {
    this.#db = db;
    this.#flavour = flavour;
    this.#reader = reader;
    this.#refunds = refundsAsJson(flavour).as('refunds');
  }

  async add({ order, events }: Step<CreatedOrder>): Promise<void> {
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
    const row = await this.#wholeOrders().where('id', '=', id).executeTakeFirst();
    return row && fromRow(row);
  }

  async save<State extends Order>(step: Step<State>): Promise<State> {
    try {
      return await this.#write(step);
    } catch (error) {
      throw (await this.#isPaidFor(step.order)) ? new TransactionTaken() : error;
    }
  }

  /** With nothing to tell and no refunds, one statement is the whole step. */
  async #write<State extends Order>({ order, events }: Step<State>): Promise<State> {
    const refunds = refundsToRows(order);
    if (events.length === 0 && refunds.length === 0) return update(this.#db, order);
    return inOneStep(this.#db, async (trx) => {
      const saved = await update(trx, order);
      await keepRefunds(trx, refunds);
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
    const rows = await this.#wholeOrders()
      .where('due_at', '<=', now.getTime())
      .orderBy('due_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async list({ state, limit, after }: OrderQuery): Promise<Order[]> {
    const rows = await this.#wholeOrders()
      .$if(state !== undefined, (query) => query.where('state', '=', state!))
      .$if(after !== undefined, (query) => query.where(isBehind(after!)))
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async findByTransaction(transactionId: string): Promise<PaidOrder | undefined> {
    const row = await this.#wholeOrders().where('transaction_id', '=', transactionId).executeTakeFirst();
    return row && (fromRow(row) as PaidOrder);
  }

  async paidBetween(from: Date, until: Date, limit: number, after?: PaidOrder): Promise<PaidOrder[]> {
    const rows = await this.#wholeOrders()
      .where('paid_at', '>=', (after?.payment.paidAt ?? from).getTime())
      .where('paid_at', '<', until.getTime())
      .$if(after !== undefined, (query) => query.where(isPaidBehind(after!)))
      .orderBy('paid_at')
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map((row) => fromRow(row) as PaidOrder);
  }

  async refundedBetween(from: Date, until: Date, limit: number, after?: Repayment): Promise<Repayment[]> {
    const rows = await this.#wholeOrders()
      .innerJoin('refunds as found', 'found.order_id', 'orders.id')
      .select('found.out_refund_no as found')
      .where('found.succeeded_at', '>=', (after?.refund.succeededAt ?? from).getTime())
      .where('found.succeeded_at', '<', until.getTime())
      .$if(after !== undefined, (query) => query.where(isRefundedBehind(after!)))
      .orderBy('found.succeeded_at')
      .orderBy('found.out_refund_no')
      .limit(limit)
      .execute();
    return rows.map((row) => repaymentIn(fromRow(row) as PaidOrder, row.found));
  }

  async page(after: string, limit: number): Promise<Order[]> {
    const rows = await this.#wholeOrders()
      .where('id', '>', after as OutTradeNo)
      .orderBy('id')
      .limit(limit)
      .execute();
    return rows.map(fromRow);
  }

  async restore(orders: readonly Order[]): Promise<void> {
    if (orders.length === 0) return;
    await inOneStep(this.#db, async (trx) => {
      await putRows(trx, 'orders', orders.map(toRow), 'id');
      await putRefunds(
        trx,
        orders.map(({ id }) => id),
        orders.flatMap(refundsToRows),
      );
    });
  }

  size(): Promise<number> {
    return sizeOf(this.#reader, 'orders');
  }

  #wholeOrders() {
    return this.#reader.selectFrom('orders').selectAll('orders').select(this.#refunds);
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

const isPaidBehind =
  ({ payment, id }: PaidOrder) =>
  (where: ExpressionBuilder<Schema, 'orders'>) =>
    where(where.refTuple('paid_at', 'id'), '>', where.tuple(payment.paidAt.getTime(), id));

const isRefundedBehind =
  ({ refund: { succeededAt, id } }: Repayment) =>
  (where: ExpressionBuilder<Schema & { found: RefundRow }, 'found'>) =>
    where(where.refTuple('found.succeeded_at', 'found.out_refund_no'), '>', where.tuple(succeededAt.getTime(), id));

/** Only one that has succeeded has a time at which it has. */
const repaymentIn = (order: PaidOrder, found: string): Repayment => ({
  order,
  refund: order.refunds.find(({ id }) => id === found) as SucceededRefund,
});
