import { z } from 'zod';
import { moment } from './moment.ts';

const told = z.string().nullable();

export const account = z
  .strictObject({
    user_id: z.string(),
    openid: z.string(),
    unionid: told,
    profile: z.strictObject({
      nickName: told,
      avatarUrl: told,
      gender: z.number().nullable().describe("WeChat's number: 0 unknown, 1 male, 2 female."),
      city: told,
      province: told,
      country: told,
    }),
    created_at: moment,
    linked_user_ids: z
      .array(z.string())
      .readonly()
      .describe('Accounts of the same person (same unionid) in other mini programs of this storage.'),
  })
  .meta({ id: 'Account', description: 'A user of the mini program. What nobody has told us is null.' });

export type AccountJson = z.input<typeof account>;

export const djangoAccount = z
  .strictObject({
    token: z.string().describe('The token that came.'),
    wechat: z.strictObject({
      id: z.string(),
      nickName: told,
      avatarUrl: told,
      gender: told,
      city: told,
      province: told,
      country: told,
      user: z.string(),
    }),
  })
  .meta({ id: 'OlderAccount', description: 'The account in the shape of django_miniprogram_api.' });

export type DjangoAccountJson = z.input<typeof djangoAccount>['wechat'];
