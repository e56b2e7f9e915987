import { Outage } from '../../domain/outage.ts';
import { orOutage } from './mongo-trouble.ts';

/**
 * Waits for the operation no longer than that many milliseconds, and says so when the storage is in trouble.
 * The driver's own limits each begin anew with every try; this one does not. What is given up on may still happen.
 */
export async function within<Answer>(patience: number, operation: () => Promise<Answer>): Promise<Answer> {
  const tooLong = Promise.withResolvers<never>();
  const giveUp = () => tooLong.reject(new Outage('storage-unavailable', 'The storage does not answer at the moment.'));
  const timer = setTimeout(giveUp, patience);
  try {
    return await Promise.race([operation(), tooLong.promise]);
  } catch (error) {
    throw orOutage(error);
  } finally {
    clearTimeout(timer);
  }
}

/** The same room, with a limit to how long each of its methods may take. */
export function patiently<Room extends object>(patience: number, room: Room): Room {
  return new Proxy(room, {
    get(room, name) {
      const method: unknown = Reflect.get(room, name, room);
      if (typeof method !== 'function') return method;
      return (...given: unknown[]) => within(patience, () => method.apply(room, given) as Promise<unknown>);
    },
  });
}
