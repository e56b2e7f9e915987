import type { Container } from 'inversify';
import { resolve, type Token } from '../../../src/main/container.ts';

/** Puts what is made of a thing in the thing's place. */
export function exchange<Kind>(container: Container, token: Token<Kind>, make: (thing: Kind) => NoInfer<Kind>): void {
  const made = make(resolve(container, token));
  container.rebind(token).toConstantValue(made);
}
