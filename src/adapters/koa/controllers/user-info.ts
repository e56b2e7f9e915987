import type { ImportProfile } from '../../../application/import-profile.ts';
import type { Account } from '../../../domain/account/account.ts';
import type { DjangoAccountJson } from '../answers/account.ts';
import { type Handler, sessionOf } from '../context.ts';
import { withJson } from '../json-body.ts';
import { envelopeBody } from './envelope-body.ts';

/** `POST /miniprogram_auth/updateUserInfo`, in the shape of django_miniprogram_api: -> `{token, wechat: {…}}`. */
export function updateUserInfo(importProfile: ImportProfile): Handler {
  return withJson(envelopeBody, async (ctx, envelope) => {
    const account = await importProfile.execute(sessionOf(ctx).accountId, envelope);
    ctx.body = { token: ctx.state.token, wechat: toJson(account) };
  });
}

/** There, gender was text, and the WeChat profile and its user were two rows; here they are one account. */
const toJson = ({ id, profile }: Account): DjangoAccountJson => ({
  id,
  nickName: profile.nickName,
  avatarUrl: profile.avatarUrl,
  gender: profile.gender === null ? null : String(profile.gender),
  city: profile.city,
  province: profile.province,
  country: profile.country,
  user: id,
});
