import type { PaymentRequest, Wx } from 'wexagon/client';
import type { Sandbox } from './sandbox.ts';

/** What becomes of the next payments: as the payer does it, and whether the server is told. */
interface Thumb {
  outcome: 'success' | 'failure' | 'cancel';
  notify: boolean;
}

/** A stand-in for the global `wx` of a mini program, with the sandbox's WeChat behind it. */
export class FakePhone {
  readonly storage = new Map<string, unknown>();
  readonly thumb: Thumb = { outcome: 'success', notify: true };
  /** Every request, as `POST /v1/login 200`; those that did not get through end with a 0. */
  readonly requests: string[] = [];
  readonly #sandbox: Sandbox;
  readonly #user: string;
  /** The next requests do not get through. */
  offline = 0;
  logins = 0;
  storageIsFull = false;

  constructor(sandbox: Sandbox, user = 'alice') {
    this.#sandbox = sandbox;
    this.#user = user;
  }

  get wx(): Wx {
    return {
      request: (options) => void this.#request(options),
      login: ({ success, fail }) => {
        this.logins += 1;
        void this.#sandbox.wechat.issueCode(this.#user).then((code) => success({ code }), fail);
      },
      requestPayment: ({ success, fail, ...request }) => void this.#pay(request).then(success, fail),
      getStorageSync: (key) => this.storage.get(key) ?? '',
      setStorageSync: (key, value) => {
        if (this.storageIsFull) throw new Error('setStorageSync:fail exceed storage max size 10Mb');
        this.storage.set(key, value);
      },
      removeStorageSync: (key) => void this.storage.delete(key),
    };
  }

  /** As wx.request does: a body goes out as JSON, and an answer comes back parsed, where it can be. */
  async #request({ url, method, header, data, success, fail }: Parameters<Wx['request']>[0]): Promise<void> {
    const name = `${method} ${new URL(url).pathname}`;
    if (this.offline > 0) {
      this.offline -= 1;
      this.requests.push(`${name} 0`);
      return fail({ errMsg: 'request:fail' });
    }
    const answer = await fetch(url, { method, headers: header, ...(data && { body: JSON.stringify(data) }) });
    this.requests.push(`${name} ${answer.status}`);
    success({ statusCode: answer.status, data: parsed(await answer.text()) });
  }

  async #pay(request: PaymentRequest): Promise<void> {
    await this.#sandbox.wechat.call('POST', 'pay', { request, ...this.thumb });
    if (this.thumb.outcome !== 'success') throw new Error('requestPayment:fail cancel');
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
