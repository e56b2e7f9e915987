import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';
import { createSecureContext } from 'node:tls';
import type { ClientCertificate } from './merchant-certificate.ts';

export interface PoolSettings {
  readonly maxSockets: number;
  /** How long it may take until there is a connection to speak over, its TLS included; in milliseconds. */
  readonly connectDeadline: number;
  /** Shown to a host that is spoken to over TLS, and not looked at for another. */
  readonly certificate?: ClientCertificate | undefined;
}

/** The agents of one host, for axios. */
export const poolOf = (baseUrl: string, settings: PoolSettings) =>
  new URL(baseUrl).protocol === 'https:'
    ? { httpsAgent: new HttpsPool(settings) }
    : { httpAgent: new HttpPool(settings) };

class HttpPool extends http.Agent {
  readonly #connectDeadline: number;

  constructor({ maxSockets, connectDeadline }: PoolSettings) {
    super({ keepAlive: true, maxSockets });
    this.#connectDeadline = connectDeadline;
  }

  override createConnection(...args: Parameters<http.Agent['createConnection']>) {
    return inTime(super.createConnection(...args), 'connect', this.#connectDeadline);
  }
}

class HttpsPool extends https.Agent {
  readonly #connectDeadline: number;

  constructor({ maxSockets, connectDeadline, certificate }: PoolSettings) {
    super({ keepAlive: true, maxSockets, secureContext: secureContextOf(certificate) });
    this.#connectDeadline = connectDeadline;
  }

  override createConnection(...args: Parameters<https.Agent['createConnection']>) {
    return inTime(super.createConnection(...args), 'secureConnect', this.#connectDeadline);
  }
}

/** Made ahead, so that the agent does not hold the key: errors hold agents. */
const secureContextOf = (certificate: ClientCertificate | undefined) =>
  createSecureContext({
    minVersion: 'TLSv1.2',
    ...(certificate && { cert: certificate.cert, key: certificate.key.reveal() }),
  });

type Connection = Duplex | null | undefined;

/** Fails as the system does when nobody answers at all, which it would do only after minutes. */
function inTime(socket: Connection, ready: 'connect' | 'secureConnect', deadline: number): Connection {
  const late = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' });
  const timer = setTimeout(() => socket?.destroy(late), deadline);
  const done = () => clearTimeout(timer);
  socket?.once(ready, done).once('close', done);
  return socket;
}
