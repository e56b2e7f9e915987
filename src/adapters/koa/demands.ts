import type { z } from 'zod';
import type { ProblemCode } from './problem-details.ts';

/** What a middleware asks of a request and how it may turn one away, for the document of the routes to tell. */
export interface Demands {
  readonly credential?: 'user' | 'merchant';
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  readonly refuses?: readonly ProblemCode[];
}

const told = new WeakMap<object, Demands>();

/** The same middleware, with its demands told: beside the code that makes them, so that they are told as they are. */
export function demanding<Kind extends object>(demands: Demands, middleware: Kind): Kind {
  told.set(middleware, demands);
  return middleware;
}

export const demandsOf = (middleware: object): Demands => told.get(middleware) ?? {};
