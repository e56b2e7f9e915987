import type { Kysely, Selectable } from 'kysely';
import type { MchId } from '../../domain/order/order.ts';
import type { PlatformCertificateRepository, SealedCertificates } from '../../domain/order/platform-certificates.ts';
import type { PlatformCertificateRow, Schema } from './schema.ts';

export class KyselyPlatformCertificateRepository implements PlatformCertificateRepository {
  readonly #db: Kysely<Schema>;
  /** Sees what was committed when it is asked. */
  readonly #reader: Kysely<Schema>;

  constructor(db: Kysely<Schema>, reader = db) {
    this.#db = db;
    this.#reader = reader;
  }

  async find(mchid: MchId): Promise<SealedCertificates | undefined> {
    const ofMerchant = this.#reader.selectFrom('platform_certificates').selectAll().where('mchid', '=', mchid);
    const row = await ofMerchant.executeTakeFirst();
    return row && fromRow(row);
  }

  async keep(certificates: SealedCertificates): Promise<void> {
    const { mchid, ...kept } = toRow(certificates);
    await this.#db
      .insertInto('platform_certificates')
      .values({ mchid, ...kept })
      .onConflict((known) => known.column('mchid').doUpdateSet(kept))
      .execute();
  }
}

const toRow = ({ mchid, fetchedAt, sealed }: SealedCertificates): Selectable<PlatformCertificateRow> => ({
  mchid,
  fetched_at: fetchedAt.getTime(),
  sealed: JSON.stringify(sealed),
});

const fromRow = ({ mchid, fetched_at, sealed }: Selectable<PlatformCertificateRow>): SealedCertificates => ({
  mchid: mchid as MchId,
  fetchedAt: new Date(fetched_at),
  sealed: JSON.parse(sealed) as string[],
});
