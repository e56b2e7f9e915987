import { describe, expect, it } from 'vitest';
import { later, MINUTE } from '../../src/domain/clock.ts';
import type { MchId } from '../../src/domain/order/order.ts';
import type { PlatformCertificateRepository } from '../../src/domain/order/platform-certificates.ts';
import { MCHID, NOON, sampleCertificates } from '../support/samples.ts';

/** What PlatformCertificateRepository promises, a case for every sentence. */
export function platformCertificatesContract(open: () => Promise<PlatformCertificateRepository>): void {
  describe('find', () => {
    it('Answers what was kept last for the merchant, or undefined when nothing was', async () => {
      const certificates = await open();
      expect(await certificates.find(MCHID)).toBeUndefined();
      const [kept, other] = [sampleCertificates(), sampleCertificates({ mchid: '1900000110' as MchId, sealed: [] })];
      await certificates.keep(kept);
      await certificates.keep(other);
      expect(await certificates.find(MCHID)).toEqual(kept);
      expect(await certificates.find(other.mchid)).toEqual(other);
      expect(await certificates.find('1900000111' as MchId)).toBeUndefined();
    });

    it('answers many of them, as they came and in their order', async () => {
      const certificates = await open();
      const sealed = Array.from(
        { length: 50 },
        (_, n) => `{"n":${n},"text":"\\"'\\\\ $1 {} 商户🧋\\n${'A'.repeat(3_000)}"}`,
      );
      await certificates.keep(sampleCertificates({ sealed }));
      expect((await certificates.find(MCHID))!.sealed).toEqual(sealed);
    });
  });

  describe('keep', () => {
    it('Keeps the certificates in place of those that were kept before', async () => {
      const certificates = await open();
      const [first, other] = [sampleCertificates(), sampleCertificates({ mchid: '1900000110' as MchId })];
      await certificates.keep(first);
      await certificates.keep(other);
      const rotated = { ...first, fetchedAt: later(NOON, 12 * 60 * MINUTE), sealed: ['{"serial_no":"50062CE5"}'] };
      await certificates.keep(rotated);
      expect(await certificates.find(MCHID)).toEqual(rotated);
      await certificates.keep({ ...rotated, fetchedAt: NOON });
      expect(await certificates.find(MCHID), 'whatever the clock says').toEqual({ ...rotated, fetchedAt: NOON });
      expect(await certificates.find(other.mchid)).toEqual(other);
    });

    it('keeps one of many that come at once, and keeps it whole', async () => {
      const certificates = await open();
      for (let round = 1; round <= 5; round += 1) {
        const mchid = `190000020${round}` as MchId;
        const contenders = Array.from({ length: 20 }, (_, n) =>
          sampleCertificates({ mchid, fetchedAt: later(NOON, n), sealed: [`${n}`, `${n}`] }),
        );
        await Promise.all(contenders.map((contender) => certificates.keep(contender)));
        expect(contenders).toContainEqual(await certificates.find(mchid));
      }
    });
  });
}
