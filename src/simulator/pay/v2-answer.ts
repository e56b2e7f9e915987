import { randomBytes } from 'node:crypto';
import { writeFlatXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import { signV2, type V2Fields, type V2SignType } from '../../adapters/wechat/protocol/v2-signature.ts';
import type { Speech } from '../fault-answer.ts';
import type { V2Request } from './v2-request.ts';

type Entries = readonly (readonly [string, string])[];

export interface V2Answer {
  readonly fields: V2Fields;
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

/** The answers of one merchant's calls. */
export class V2Answers {
  readonly #names: MerchantNames;

  constructor(names: MerchantNames) {
    this.#names = names;
  }

  done({ signType }: Pick<V2Request, 'signType'>, entries: Entries): V2Answer {
    return { fields: new Map([...head(this.#names), ['result_code', 'SUCCESS'], ...entries]), signType };
  }

  failed({ signType }: Pick<V2Request, 'signType'>, code: string, description: string): V2Answer {
    const failure: Entries = [
      ['result_code', 'FAIL'],
      ['err_code', code],
      ['err_code_des', description],
    ];
    return { fields: new Map([...head(this.#names), ...failure]), signType };
  }
}

const ANOTHER_MERCHANT = '1900000000';

/** `signType` is that of the request, in which an ordered failure is signed; undefined says it without a signature. */
export const v2Speech = (answers: V2Answers, key: string, signType: V2SignType | undefined): Speech<V2Answer> => ({
  type: 'text/xml; charset=utf-8',
  write: (answer) => writeSigned(answer, key),
  failure: ({ err_code }) =>
    signType
      ? answers.failed({ signType }, err_code, 'ordered fault')
      : unsigned({ return_code: 'FAIL', return_msg: err_code }),
  forge: ({ fields, signType }, forgery) =>
    forgery === 'bad-signature'
      ? writeSigned({ fields, signType }, anotherKey(key))
      : writeSigned({ fields: new Map([...fields, ['mch_id', ANOTHER_MERCHANT]]), signType }, key),
  outcomeOf,
});

/** A key that nobody was told. */
export const anotherKey = (key: string): string => `another ${key}`;

const writeSigned = ({ fields, signType }: V2Answer, key: string): string =>
  writeFlatXml(signType ? [...fields, ['sign', signV2(fields, key, signType)]] : fields);

function outcomeOf({ fields }: V2Answer): string {
  if (fields.get('return_code') !== 'SUCCESS') return `return_code FAIL ${fields.get('return_msg')}`;
  const code = fields.get('err_code');
  return code === undefined ? 'ok' : `err_code ${code}`;
}

const nonce = (): string => randomBytes(16).toString('hex');
