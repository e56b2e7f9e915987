import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { readFlatXml, writeFlatXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { signV2, type V2SignType } from '../../src/adapters/wechat/protocol/v2-signature.ts';
import { APPID } from './samples.ts';
import { MERCHANT, serving, V2_KEY } from './simulated-wechat-pay.ts';

export type Fields = Readonly<Record<string, string | undefined>>;

/** How a message is signed, and of what it is made beside what every message begins with. */
export interface Signing {
  readonly key?: string;
  readonly signType?: V2SignType;
}

/** A signed message of WeChat's; a field that is undefined is left out. */
export function v2Message(fields: Fields = {}, { key = V2_KEY, signType = 'HMAC-SHA256' }: Signing = {}): string {
  const head = {
    return_code: 'SUCCESS',
    return_msg: 'OK',
    appid: APPID,
    mch_id: MERCHANT,
    nonce_str: 'IITRi8Iabbblz1Jc',
  };
  const all = Object.entries({ ...head, result_code: 'SUCCESS', ...fields });
  const message = new Map(all.filter((field): field is [string, string] => field[1] !== undefined));
  return writeFlatXml([...message, ['sign', signV2(message, key, signType)]]);
}

export const v2Failure = (err_code: string): string => v2Message({ result_code: 'FAIL', err_code, err_code_des: '…' });

/** A payment as notices and queries tell it. */
export const PAID: Fields = {
  openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  is_subscribe: 'N',
  trade_type: 'JSAPI',
  bank_type: 'CFT',
  total_fee: '888',
  cash_fee: '888',
  transaction_id: '1008450740201411110005820873',
  out_trade_no: '1415757673',
  time_end: '20141111170043',
};

export type Answering = string | ((request: IncomingMessage, response: ServerResponse) => unknown);

/** A WeChat Pay that answers as it is told, the last answer for ever; keeps what it was asked. */
export async function scriptedPay(...answers: readonly Answering[]) {
  const asked: ReadonlyMap<string, string>[] = [];
  const answerTo = async (request: IncomingMessage, response: ServerResponse) => {
    const fields = readFlatXml(await buffer(request));
    asked.push(new Map([...fields, ['path', request.url ?? '']]));
    const answer = answers[Math.min(asked.length, answers.length) - 1]!;
    if (typeof answer === 'string') response.end(answer);
    else answer(request, response);
  };
  const url = await serving((request, response) => void answerTo(request, response));
  return { url, asked };
}

export const status =
  (code: number, body = '', headers: Record<string, string> = {}): Answering =>
  (_request, response) =>
    response.writeHead(code, headers).end(body);

export const hangUp: Answering = (request) => request.socket.destroy();

/** Takes the request and never says a word. */
export const silence: Answering = () => {};
