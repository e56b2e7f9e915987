import type Router from '@koa/router';
import type { State } from '../context.ts';
import { type Demands, demandsOf } from '../demands.ts';

export interface Route extends Demands {
  /** As `POST /v1/orders/{out_trade_no}/pay`. */
  readonly name: string;
  readonly method: string;
  readonly path: string;
}

/** Every route of the routers, with what stands before it as its guards themselves tell it. */
export const routesOf = (routers: readonly Router<State>[]): Route[] =>
  routers
    .flatMap(({ stack }) => stack)
    .flatMap(({ methods, path, stack }) =>
      methods
        .filter((method) => method !== 'HEAD')
        .map((method) => routeOf(method, String(path).replace(/:(\w+)/g, '{$1}'), stack.map(demandsOf))),
    );

const routeOf = (method: string, path: string, demands: readonly Demands[]): Route => ({
  name: `${method} ${path}`,
  method,
  path,
  ...Object.assign({}, ...demands),
  refuses: demands.flatMap(({ refuses = [] }) => refuses),
});
