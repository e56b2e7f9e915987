/** An answer as a test wants to look at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests look into answers freely; a wrong guess fails an expectation.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

interface Request {
  readonly token?: string | undefined;
  readonly json?: unknown;
  readonly raw?: string | Uint8Array | ReadableStream | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Speaks HTTP to a running server. */
export class Client {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async send(method: string, path: string, { token, json, raw, headers = {} }: Request = {}): Promise<Answer> {
    const body = json === undefined ? raw : JSON.stringify(json);
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body, duplex: 'half' }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  get = (path: string, request?: Request): Promise<Answer> => this.send('GET', path, request);
  post = (path: string, json: unknown, request?: Request): Promise<Answer> =>
    this.send('POST', path, { json, ...request });

  async logIn(code: string): Promise<{ token: string; user_id: string; expires_at: string }> {
    const { status, body, text } = await this.post('/v1/login', { code });
    if (status !== 200) throw new Error(`login: ${status} ${text}`);
    return body;
  }
}
