import type { KeyObject } from 'node:crypto';
import { misconfigured } from '../pay-client/outages.ts';
import type { PayResponse } from '../pay-client/pay-message.ts';
import { openPlatformCertificate, type PlatformCertificate } from './platform-certificate.ts';
import { failureIn, insistOnProof, objectIn } from './v3-answer.ts';
import { CERTIFICATES_CODES, settledBy } from './v3-error-codes.ts';
import type { V3Fields } from './v3-fields.ts';
import type { PayV3Settings } from './v3-settings.ts';

interface Occasion {
  readonly now: Date;
  /** What is known already. */
  readonly known: (serial: string) => KeyObject | undefined;
}

/**
 * The certificates that WeChat lists, none where it has none for us: who has its public key needs none.
 * The list is signed with the key of one of them, or with one that is known; each is sealed with a key that only WeChat
 * and we have. Throws an Outage for whatever is not such a list.
 */
export async function readCertificates(
  response: PayResponse,
  settings: PayV3Settings,
  { now, known }: Occasion,
): Promise<readonly PlatformCertificate[]> {
  if (response.status !== 200) return noneIn(response, settings);
  const found = openAll(objectIn(response), settings);
  const good = found.filter(({ expiresAt }) => now < expiresAt);
  if (found.length === 0 && !settings.publicKey) throw misconfigured('no certificate that the APIv3 key opens');
  const find = (serial: string) => known(serial) ?? good.find((certificate) => certificate.serial === serial)?.key;
  await insistOnProof(response, find, now);
  return good;
}

function noneIn(response: PayResponse, { publicKey }: PayV3Settings): readonly PlatformCertificate[] {
  const failure = failureIn(response);
  settledBy(CERTIFICATES_CODES, failure);
  if (!publicKey) throw misconfigured('no platform certificates: a public key is needed', failure.code);
  return [];
}

/** Those that cannot be opened are no certificates of ours; WeChat lists some of other algorithms. */
const openAll = ({ data }: V3Fields, { key }: PayV3Settings): readonly PlatformCertificate[] =>
  (Array.isArray(data) ? data : []).flatMap((listed: V3Fields) => openPlatformCertificate(listed ?? {}, key) ?? []);
