import type { Model } from 'mongoose';
import type { Day } from '../../domain/statement/day.ts';
import type { ReconciliationRepository } from '../../domain/statement/reconciliation-repository.ts';
import type { Reconciliation } from '../../domain/statement/reconciliation.ts';
import { isDuplicate } from './mongo-trouble.ts';
import type { ReconciliationDocument } from './reconciliation-schema.ts';
import { pageOf, restoreInto } from './shelf.ts';

export class MongooseReconciliationRepository implements ReconciliationRepository {
  readonly #reconciliations: Model<ReconciliationDocument>;

  constructor(reconciliations: Model<ReconciliationDocument>) {
    this.#reconciliations = reconciliations;
  }

  async begin(reconciliation: Reconciliation): Promise<boolean> {
    try {
      await this.#reconciliations.insertOne(toDocument(reconciliation));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  async find(day: Day): Promise<Reconciliation | undefined> {
    const document = await this.#reconciliations.findOne({ _id: { $eq: day } }).lean();
    return document ? fromDocument(document) : undefined;
  }

  async save(reconciliation: Reconciliation): Promise<boolean> {
    const { _id, version, ...others } = toDocument(reconciliation);
    const { modifiedCount } = await this.#reconciliations.updateOne(
      { _id: { $eq: _id }, version: { $eq: version } },
      { $set: { ...others, version: version + 1 } },
    );
    return modifiedCount === 1;
  }

  async page(after: string, limit: number): Promise<Reconciliation[]> {
    return (await pageOf(this.#reconciliations, after, limit)).map(fromDocument);
  }

  async restore(reconciliations: readonly Reconciliation[]): Promise<void> {
    await restoreInto(this.#reconciliations, reconciliations.map(toDocument));
  }

  async size(): Promise<number> {
    return this.#reconciliations.countDocuments();
  }
}

const toDocument = ({ id, differences, ...reconciliation }: Reconciliation): ReconciliationDocument => ({
  _id: id,
  ...reconciliation,
  differences: [...differences],
});

const fromDocument = ({ _id, ...document }: ReconciliationDocument): Reconciliation => ({
  id: _id as Day,
  state: document.state,
  startedAt: document.startedAt,
  finishedAt: document.finishedAt,
  lockedUntil: document.lockedUntil,
  matched: document.matched,
  compared: document.compared,
  differences: document.differences,
  differenceCount: document.differenceCount,
  failures: document.failures,
  version: document.version,
});
