import type { ImportProfile } from '../../../application/import-profile.ts';
import type { Account } from '../../../domain/account/account.ts';
import { type Handler, sessionOf } from '../context.ts';
import { withJson } from '../json-body.ts';
import { envelopeBody } from './envelope-body.ts';

/** `POST /miniprogram_auth/updateUserInfo`, in the seed's shape: -> `{token, wechat: {…}}`. */
export function seedUpdateUserInfo(importProfile: ImportProfile): Handler {
  return withJson(envelopeBody, async (ctx, envelope) => {
    const account = await importProfile.execute(sessionOf(ctx).accountId, envelope);
    ctx.body = { token: ctx.state.token, wechat: toJson(account) };
  });
}

/** The seed kept gender as text, and the WeChat profile and its user as two rows; here they are one account. */
const toJson = ({ id, profile }: Account): object => ({
  id,
  nickName: profile.nickName,
  avatarUrl: profile.avatarUrl,
  gender: profile.gender === null ? null : String(profile.gender),
  city: profile.city,
  province: profile.province,
  country: profile.country,
  user: id,
});
