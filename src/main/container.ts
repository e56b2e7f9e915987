import { type Container, ContainerModule, type ContainerModuleLoadOptions } from 'inversify';

declare const kind: unique symbol;

/** Names a thing in the container and remembers its type, which a bare symbol would forget. */
export type Token<Kind> = symbol & { readonly [kind]: Kind };

export const token = <Kind>(name: string): Token<Kind> => Symbol(name) as Token<Kind>;

/** What a factory needs: the token of each thing, under the name that the factory knows it by. */
type TokensOf<Needs> = { readonly [Name in keyof Needs]: Token<Needs[Name]> };

/** Binds things to their tokens. Every thing is made once, when it is first asked for. */
export interface Binder {
  value<Kind>(to: Token<Kind>, value: NoInfer<Kind>): void;
  /** Swapped tokens do not compile: each must be of the type that the class takes under that name. */
  built<Kind, Needs>(to: Token<Kind>, by: new (needs: Needs) => Kind, needs: TokensOf<NoInfer<Needs>>): void;
  made<Kind, Needs>(to: Token<Kind>, needs: TokensOf<Needs>, make: (needs: Needs) => NoInfer<Kind>): void;
}

/** One concern's bindings. */
export function moduleOf(bind: (binder: Binder) => void): ContainerModule {
  return new ContainerModule((options) => bind(binderOf(options)));
}

export const resolve = <Kind>(container: Container, from: Token<Kind>): Kind => container.get<Kind>(from);

function binderOf(options: ContainerModuleLoadOptions): Binder {
  const binder: Binder = {
    value: (to, value) => void options.bind(to).toConstantValue(value),
    built: (to, by, needs) => binder.made(to, needs, (things) => new by(things)),
    made: (to, needs, make) => {
      const names = Object.keys(needs) as (keyof typeof needs)[];
      const named = (things: unknown[]) => Object.fromEntries(names.map((name, place) => [name, things[place]]));
      const factory = (...things: unknown[]) => make(named(things) as Parameters<typeof make>[0]);
      options
        .bind(to)
        .toResolvedValue(
          factory,
          names.map((name) => needs[name]),
        )
        .inSingletonScope();
    },
  };
  return binder;
}
