import http from 'node:http';
import https from 'node:https';
import type { Duplex } from 'node:stream';

export interface PoolSettings {
  readonly maxSockets: number;
  /** How long it may take until there is a connection to speak over, its TLS included; in milliseconds. */
  readonly connectDeadline: number;
}

export const poolOf = (settings: PoolSettings) => ({
  httpAgent: new HttpPool(settings),
  httpsAgent: new HttpsPool(settings),
});

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

  constructor({ maxSockets, connectDeadline }: PoolSettings) {
    super({ keepAlive: true, maxSockets, minVersion: 'TLSv1.2' });
    this.#connectDeadline = connectDeadline;
  }

  override createConnection(...args: Parameters<https.Agent['createConnection']>) {
    return inTime(super.createConnection(...args), 'secureConnect', this.#connectDeadline);
  }
}

type Connection = Duplex | null | undefined;

/** Fails as the system does when nobody answers at all, which it would do only after minutes. */
function inTime(socket: Connection, ready: 'connect' | 'secureConnect', deadline: number): Connection {
  const late = Object.assign(new Error('connect ETIMEDOUT'), { code: 'ETIMEDOUT', syscall: 'connect' });
  const timer = setTimeout(() => socket?.destroy(late), deadline);
  const done = () => clearTimeout(timer);
  socket?.once(ready, done).once('close', done);
  return socket;
}
