import { randomBytes } from 'node:crypto';
import { writeFlatXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import { signV2, type V2Fields, type V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import type { Speech } from '../fault-answer.ts';
import type { V2Request } from './v2-request.ts';

type Entries = readonly (readonly [string, string])[];

export interface V2Answer {
  readonly fields: V2Fields;
  /** Undefined for the merchant's own. */
  readonly key?: string;
  /** Undefined for an answer that carries no signature. */
  readonly signType: V2SignType | undefined;
}

export interface MerchantNames {
  readonly appid: string;
  readonly mch_id: string;
}

/** What every signed message of WeChat begins with. */
export const head = ({ appid, mch_id }: MerchantNames): Entries => [
  ['return_code', 'SUCCESS'],
  ['return_msg', 'OK'],
  ['appid', appid],
  ['mch_id', mch_id],
  ['nonce_str', nonce()],
];

export const unsigned = (fields: Readonly<Record<string, string>>): V2Answer => ({
  fields: new Map(Object.entries(fields)),
  signType: undefined,
});

type Asked = Pick<V2Request, 'signType' | 'appid'>;

/** The answers of one merchant's calls. */
export class V2Answers {
  readonly #mchid: string;

  constructor(mchid: string) {
    this.#mchid = mchid;
  }

  done({ signType, appid }: Asked, entries: Entries): V2Answer {
    const names = { appid, mch_id: this.#mchid };
    return { fields: new Map([...head(names), ['result_code', 'SUCCESS'], ...entries]), signType };
  }

  failed({ signType, appid }: Asked, code: string, description: string): V2Answer {
    const names = { appid, mch_id: this.#mchid };
    const failure: Entries = [
      ['result_code', 'FAIL'],
      ['err_code', code],
      ['err_code_des', description],
    ];
    return { fields: new Map([...head(names), ...failure]), signType };
  }
}

export const ANOTHER_MERCHANT = '1900000000';

/** An ordered failure is signed as the request is that asked for it; undefined says it without a signature. */
export const v2Speech = (answers: V2Answers, key: string, asked: Asked | undefined): Speech<V2Answer> => ({
  type: 'text/xml; charset=utf-8',
  write: (answer) => writeSigned(answer, key),
  failure: ({ err_code }) =>
    asked ? answers.failed(asked, err_code, 'ordered fault') : unsigned({ return_code: 'FAIL', return_msg: err_code }),
  forge: ({ fields, signType }, forgery) =>
    forgery === 'wrong-merchant'
      ? { fields: new Map([...fields, ['mch_id', ANOTHER_MERCHANT]]), signType }
      : { fields, signType, key: anotherKey(key) },
  outcomeOf,
});

/** A key that nobody was told. */
export const anotherKey = (key: string): string => `another ${key}`;

const writeSigned = ({ fields, signType, key }: V2Answer, merchantKey: string): string =>
  writeFlatXml(signType ? [...fields, ['sign', signV2(fields, key ?? merchantKey, signType)]] : fields);

function outcomeOf({ fields }: V2Answer): string {
  if (fields.get('return_code') !== 'SUCCESS') return `return_code FAIL ${fields.get('return_msg')}`;
  const code = fields.get('err_code');
  return code === undefined ? 'ok' : `err_code ${code}`;
}

const nonce = (): string => randomBytes(16).toString('hex');
