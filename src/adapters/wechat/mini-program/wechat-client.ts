import http from 'node:http';
import https from 'node:https';
import axios, { AxiosError, type AxiosInstance } from 'axios';
import { Outage } from '../../../domain/outage.ts';
import { WechatFault } from './wechat-fault.ts';

export interface WechatClientSettings {
  readonly baseUrl: string;
  /** How long one call may take from first to last byte, in milliseconds. */
  readonly deadline: number;
}

/** Calls api.weixin.qq.com and answers the JSON object it sends, or throws an Outage. */
export class WechatClient {
  readonly #axios: AxiosInstance;
  readonly #deadline: number;

  constructor({ baseUrl, deadline }: WechatClientSettings) {
    this.#deadline = deadline;
    this.#axios = axios.create({
      baseURL: baseUrl,
      allowAbsoluteUrls: false,
      proxy: false,
      maxRedirects: 0,
      maxContentLength: 1024 * 1024,
      responseType: 'text',
      transformResponse: [(text: unknown) => text],
      validateStatus: () => true,
      httpAgent: new http.Agent({ keepAlive: true, maxSockets: 50 }),
      httpsAgent: new https.Agent({ keepAlive: true, maxSockets: 50, minVersion: 'TLSv1.2' }),
    });
  }

  /** WeChat calls its answers text/plain, and a status of 200 says nothing: only the body counts. */
  async get(path: string, params: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
    const { status, data } = await this.#send(path, params);
    const answer = parse(data);
    if (!answer) throw unreadable(`HTTP ${status} without a JSON object`);
    return answer;
  }

  /** The abort signal is the deadline: axios' own timeout starts anew with every byte that drips in. */
  async #send(path: string, params: Readonly<Record<string, string>>): Promise<{ status: number; data: unknown }> {
    try {
      return await this.#axios.get(path, { params, signal: AbortSignal.timeout(this.#deadline) });
    } catch (error) {
      throw outageOf(error);
    }
  }
}

const TIMEOUTS = new Set(['ERR_CANCELED', 'ECONNABORTED', 'ETIMEDOUT']);

/** The axios error itself is let go: it holds the URL, and with it the app secret. */
function outageOf(error: unknown): Outage {
  const code = error instanceof AxiosError ? (error.code ?? 'no code') : 'no code';
  const cause = new WechatFault(code);
  if (TIMEOUTS.has(code)) return new Outage('wechat-timeout', 'WeChat did not answer in time.', { cause });
  if (code === 'ERR_BAD_RESPONSE') return unreadable(code);
  return new Outage('wechat-unreachable', 'WeChat cannot be reached.', { cause });
}

const unreadable = (why: string): Outage =>
  new Outage('wechat-unreadable', 'WeChat gave an answer that cannot be read.', { cause: new WechatFault(why) });

function parse(data: unknown): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(String(data));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
