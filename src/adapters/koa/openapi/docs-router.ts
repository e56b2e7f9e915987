import { readFile } from 'node:fs/promises';
import Router from '@koa/router';
import type { Handler, State } from '../context.ts';
import { documentOf } from './document.ts';
import { routesOf } from './routes-of.ts';

/** Serves the document of these routers, its own routes included, and a page to read it on. */
export function createDocsRouter(...routers: Router<State>[]): Router<State> {
  const router = new Router<State>({ sensitive: true });
  let text: string | undefined;
  router.get('/openapi.json', (ctx) => {
    text ??= JSON.stringify(documentOf(routesOf([...routers, router])));
    ctx.type = 'application/json';
    ctx.body = text;
  });
  router.get('/docs', file('page.html', 'text/html; charset=utf-8'));
  router.get('/docs/page.js', file('page.js', 'text/javascript; charset=utf-8'));
  router.get('/docs/page.css', file('page.css', 'text/css; charset=utf-8'));
  return router;
}

/** The page may load what lies beside it and nothing else, and stands in nobody's frame. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const file =
  (name: string, type: string): Handler =>
  async (ctx) => {
    ctx.body = await readFile(new URL(`page/${name}`, import.meta.url), 'utf8');
    ctx.type = type;
    ctx.set('Content-Security-Policy', POLICY);
    ctx.set('Referrer-Policy', 'no-referrer');
  };
