import { z } from 'zod';
import type { ImportProfile } from '../../../application/import-profile.ts';
import type { AccountView, ReadAccount } from '../../../application/read-account.ts';
import type { UpdateProfile } from '../../../application/update-profile.ts';
import type { AccountJson } from '../answers/account.ts';
import { type Handler, sessionOf } from '../context.ts';
import { withJson, withoutBody } from '../json-body.ts';
import { envelopeBody } from './envelope-body.ts';

/** `GET /v1/me`: the caller's account and profile. */
export function readMe(read: ReadAccount): Handler {
  return withoutBody(async (ctx) => {
    ctx.body = toJson(await read.execute(sessionOf(ctx).accountId));
  });
}

const nickName = z
  .string()
  .min(1)
  .refine((name) => Array.from(name).length <= 64, 'At most 64 characters.')
  .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), 'No control characters.');

const avatarUrl = z
  .url({ protocol: /^https?$/, error: 'An http or https address.' })
  .max(2_048)
  .refine((url) => url.isWellFormed() && !/[\s"'<>\\^`{|}]|\p{Cc}/u.test(url), 'Write special characters as %XX.')
  .refine((url) => !URL.canParse(url) || new URL(url).username === '', 'No user name in the address.');

const profileBody = z
  .strictObject({
    nickName: nickName.nullish().describe('1 to 64 characters, no control characters.'),
    avatarUrl: avatarUrl.nullish().describe('An http or https address, at most 2,048 characters.'),
  })
  .meta({ id: 'ProfileChange', description: 'What is not named stays; null takes a value away.' });

/** `PATCH /v1/me`, and `POST` for who cannot: `{nickName?, avatarUrl?}` -> account; `null` takes one away. */
export function updateMe(update: UpdateProfile, read: ReadAccount): Handler {
  return withJson(profileBody, async (ctx, change) => {
    const { accountId } = sessionOf(ctx);
    await update.execute(accountId, change);
    ctx.body = toJson(await read.execute(accountId));
  });
}

/** `POST /v1/me/profile`: `{encryptedData, iv, rawData?, signature?}` -> account. */
export function importMyProfile(importProfile: ImportProfile, read: ReadAccount): Handler {
  return withJson(envelopeBody, async (ctx, envelope) => {
    const { accountId } = sessionOf(ctx);
    await importProfile.execute(accountId, envelope);
    ctx.body = toJson(await read.execute(accountId));
  });
}

const toJson = ({ account, linkedIds }: AccountView): AccountJson => ({
  user_id: account.id,
  openid: account.openid,
  unionid: account.unionid,
  profile: account.profile,
  created_at: account.createdAt.toISOString(),
  linked_user_ids: linkedIds,
});
