import { type IncomingMessage, request as requestHttp, type RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupFunction } from 'node:net';

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly lookup: LookupFunction;
  readonly signal: AbortSignal;
}

export interface PostAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** What a receiver writes is of no interest; so much of it is read, for some do not like to be hung up on. */
const MOST_READ = 64 * 1_024;

/**
 * Posts by a connection of its own and answers the status, whatever it is: no redirect is followed. An answer that never
 * ends is hung up on, and its status counts.
 */
export function post({ url, headers, body, lookup, signal }: Post): Promise<PostAnswer> {
  const bytes = Buffer.from(body);
  const options: RequestOptions = {
    method: 'POST',
    agent: false,
    headers: { ...headers, 'content-length': bytes.length, connection: 'close' },
    lookup,
    signal,
    maxHeaderSize: 16 * 1_024,
  };
  const { promise, resolve, reject } = Promise.withResolvers<PostAnswer>();
  const request = url.protocol === 'https:' ? requestHttps(url, options) : requestHttp(url, options);
  request.once('upgrade', (_response, socket) => {
    socket.destroy();
    reject(new Error('the receiver wants another protocol'));
  });
  let answer: PostAnswer | undefined;
  request.once('response', (response) => {
    answer = answerIn(response);
    readOff(response, () => resolve(answerIn(response)));
  });
  // What breaks off an answer whose status is there changes nothing about the status.
  request.on('error', (error) => (answer ? resolve(answer) : reject(error)));
  void promise.finally(() => request.destroy()).catch(() => {});
  request.end(bytes);
  return promise;
}

function readOff(response: IncomingMessage, done: () => void): void {
  let read = 0;
  response.on('data', ({ length }: Buffer) => {
    read += length;
    if (read >= MOST_READ) done();
  });
  response.once('end', done).once('close', done).once('error', done);
}

const answerIn = ({ statusCode = 0, headers }: IncomingMessage): PostAnswer => ({
  status: statusCode,
  retryAfter: headers['retry-after'],
});
