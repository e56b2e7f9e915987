import type { Persistence } from '../../src/domain/persistence.ts';

/** The same storage; every call of its rooms is counted, but for those that are named. */
export function counting(
  persistence: Persistence,
  calls: { count: number },
  except: readonly (keyof Persistence)[] = [],
): Persistence {
  const counted = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...given: unknown[]) => {
          calls.count += 1;
          return Reflect.apply(member, target, given) as unknown;
        };
      },
    });
  return new Proxy(persistence, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member === 'function') return member.bind(target) as unknown;
      return except.some((room) => room === name) ? member : counted(member as object);
    },
  });
}
