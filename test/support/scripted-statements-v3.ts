import { createHash, verify, X509Certificate } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { PlatformKeys } from '../../src/adapters/wechat/pay-v3/platform-keys.ts';
import { V3Statements, type V3StatementSettings } from '../../src/adapters/wechat/pay-v3/v3-statements.ts';
import { readAuthorizationV3 } from '../../src/adapters/wechat/protocol/v3-signature.ts';
import type { StatementGateway } from '../../src/domain/statement/statement-gateway.ts';
import type { StatementGatewayHarness } from '../contracts/statement-gateway.contract.ts';
import { flowText, tradeText } from './bill-texts.ts';
import {
  KeptCertificates,
  MERCHANT_CERTIFICATE,
  refusing,
  saying,
  scriptedPayV3,
  settingsTo,
  type V3Answering,
  type V3Asked,
} from './scripted-pay-v3.ts';
import { scriptedStatements } from './scripted-statements.ts';
import { TestClock } from './test-clock.ts';

/** At noon, with WeChat's public key and no certificates; what only version 2 has, it has not, unless that is given. */
export function statementsV3To(
  url: string,
  differences: Partial<V3StatementSettings> = {},
  older: StatementGateway | null = null,
): V3Statements {
  const settings: V3StatementSettings = { ...settingsTo(url), ...differences };
  const clock = new TestClock();
  return new V3Statements(settings, clock, new PlatformKeys(settings, clock, new KeptCertificates()), older);
}

const { publicKey } = new X509Certificate(MERCHANT_CERTIFICATE.cert);

/** Whether the merchant signed this very request, its path and query to the byte. */
export function isOfMerchant({ method, path, headers, body }: V3Asked): boolean {
  const said = readAuthorizationV3(headers.authorization as string);
  if (said?.serialNumber !== MERCHANT_CERTIFICATE.serialNumber) return false;
  const message = [method, path, said.timestamp, said.nonce, body, ''].join('\n');
  return verify('sha256', Buffer.from(message), publicKey, Buffer.from(said.signature, 'base64'));
}

/** Where a file is to be had, on the host that was asked, and what it comes to. */
export const offering =
  (text: string, path: string): V3Answering =>
  (request, response, asked) => {
    const place = {
      hash_type: 'SHA1',
      hash_value: createHash('sha1').update(text).digest('hex'),
      download_url: `http://${request.headers.host}${path}`,
    };
    saying(place)(request, response, asked);
  };

export const sendingFile =
  (body: Uint8Array | string): V3Answering =>
  (_request, response) =>
    response.end(body);

const FILES = '/v3/billdownload/file?token=';

/** The real adapter of version 3, over HTTP, with a WeChat at the other end that has these bills and no others. */
export async function scriptedStatementsV3(): Promise<StatementGatewayHarness> {
  const bills = new Map<string, string>();
  const putOff = new Set<string>();
  let isBroken = false;
  const older = await scriptedStatements();
  const answerTo = (asked: V3Asked): V3Answering => {
    if (isBroken) return saying('<html>');
    if (!isOfMerchant(asked)) return refusing('SIGN_ERROR', 401);
    const isFile = asked.path.startsWith(FILES);
    const wanted = isFile ? decodeURIComponent(asked.path.slice(FILES.length)) : asked.path;
    const bill = bills.get(wanted);
    if ([...putOff].some((day) => wanted.includes(`bill_date=${day}&`))) return refusing('STATEMENT_CREATING');
    if (bill === undefined) return refusing('NO_STATEMENT_EXIST');
    return isFile ? sendingFile(gzipSync(bill)) : offering(bill, `${FILES}${encodeURIComponent(wanted)}`);
  };
  const { url } = await scriptedPayV3((request, response, asked) => answerTo(asked)(request, response, asked));
  const tail = '&tar_type=GZIP';
  return {
    ...older,
    gateway: statementsV3To(url, {}, older.gateway),
    trade: async (day, rows) =>
      void bills.set(`/v3/bill/tradebill?bill_date=${day}&bill_type=ALL${tail}`, tradeText(rows)),
    flow: async (day, rows) =>
      void bills.set(`/v3/bill/fundflowbill?bill_date=${day}&account_type=BASIC${tail}`, flowText(rows)),
    putOff: async (day) => void putOff.add(day),
    breakDown: async () => {
      isBroken = true;
      await older.breakDown();
    },
  };
}
