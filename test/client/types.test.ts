import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type * as client from 'wexagon/client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { AccountJson } from '../../src/adapters/koa/answers/account.ts';
import type { CommentJson } from '../../src/adapters/koa/answers/comment.ts';
import type { MovementJson, TradeJson } from '../../src/adapters/koa/answers/bill.ts';
import type { EventJson } from '../../src/adapters/koa/answers/event.ts';
import type { MerchantOrderJson, OrderJson } from '../../src/adapters/koa/answers/order.ts';
import type { PassJson } from '../../src/adapters/koa/answers/payment.ts';
import type { ReconciliationJson } from '../../src/adapters/koa/answers/reconciliation.ts';
import type { RefundJson } from '../../src/adapters/koa/answers/refund.ts';
import type { LoggedInJson } from '../../src/adapters/koa/answers/session.ts';
import type { WebhookJson } from '../../src/adapters/koa/answers/webhook.ts';
import { temporaryFolder } from '../support/storages.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLIENT = join(ROOT, 'src/client');

const scriptsIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(folder, file), 'utf8'));

/** What is answered has to be what the client says it is, with no field more and none less; the compiler is the one who tests it. */
interface Pairs {
  readonly account: [AccountJson, client.Account];
  readonly comment: [CommentJson, client.Comment];
  readonly event: [EventJson, client.Event];
  readonly loggedIn: [LoggedInJson, client.LoggedIn];
  readonly merchantOrder: [MerchantOrderJson, client.MerchantOrder];
  readonly movement: [MovementJson, client.Movement];
  readonly order: [OrderJson, client.Order];
  readonly pass: [PassJson, client.PaymentPass];
  readonly reconciliation: [ReconciliationJson, client.Reconciliation];
  readonly refund: [RefundJson, client.Refund];
  readonly trade: [TradeJson, client.Trade];
  readonly webhook: [WebhookJson, client.WebhookDelivery];
}

type KeysOf<Some> = Some extends unknown ? keyof Some : never;

type Fits<Answered, Told> = [Answered] extends [Told]
  ? [KeysOf<Answered>, KeysOf<Told>] extends [KeysOf<Told>, KeysOf<Answered>]
    ? true
    : 'other fields are told'
  : 'it is otherwise';

describe('the client', () => {
  it('has the types of what the server answers', () => {
    type Told = { [Name in keyof Pairs]: Fits<Pairs[Name][0], Pairs[Name][1]> };
    expectTypeOf<Told>().toEqualTypeOf<{ readonly [Name in keyof Pairs]: true }>();
    // The test of the tests: what differs is seen.
    expectTypeOf<Fits<{ a: 1 }, { a: 2 }>>().toEqualTypeOf<'it is otherwise'>();
    expectTypeOf<Fits<{ a: 1; b: 1 }, { a: 1 }>>().toEqualTypeOf<'other fields are told'>();
    expect.assertions(0);
  });

  it('is a few KB, and its part for mini programs asks for nothing but its own files and what every phone has', () => {
    const folder = temporaryFolder();
    execFileSync(process.execPath, ['scripts/build-mini-program.ts', folder], { cwd: ROOT });
    const sources = scriptsIn(folder);
    const size = sources.join('').length;
    expect(size).toBeGreaterThan(3_000);
    expect(size).toBeLessThan(8_000);
    const required = sources.flatMap((source) =>
      [...source.matchAll(/require\("([^"]+)"\)/g)].map(([, path]) => path!),
    );
    expect(required.length).toBeGreaterThan(0);
    for (const path of required) expect(readdirSync(folder)).toContain(path.replace('./', ''));
    expect(sources.join('\n')).not.toMatch(/\?\.|\?\?|\bfetch\b|\bprocess\b|\bURL\b|\bcrypto\b/);
  });

  it('is a few KB for merchants, too, and takes nothing along', () => {
    const sources = readdirSync(CLIENT).map((file) => readFileSync(join(CLIENT, file), 'utf8'));
    const code = sources.map((source) => stripTypeScriptTypes(source).replace(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, ''));
    const size = gzipSync(code.join('').replace(/\s+/g, ' ')).length;
    expect(size).toBeGreaterThan(2_000);
    expect(size).toBeLessThan(6_000);
    const imported = sources.flatMap((source) => [...source.matchAll(/from '([^']+)'/g)].map(([, path]) => path!));
    for (const path of imported) expect(path).toMatch(/^\.\/[a-z-]+\.ts$/);
  });
});
