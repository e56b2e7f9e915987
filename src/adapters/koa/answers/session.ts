import { z } from 'zod';
import { moment } from './moment.ts';

const token = z.string().describe('Send it as `Authorization: Bearer <token>`.');

export const loggedIn = z
  .strictObject({
    token,
    user_id: z.string(),
    expires_at: moment.describe('When the session ends at the latest.'),
  })
  .meta({ id: 'LoggedIn' });

export type LoggedInJson = z.input<typeof loggedIn>;

export const djangoLoggedIn = z.strictObject({ token, user_id: z.string() }).meta({ id: 'OlderLoggedIn' });

export type DjangoLoggedInJson = z.input<typeof djangoLoggedIn>;

const session = z
  .strictObject({
    id: z.string(),
    device: z.string().nullable().describe('The `User-Agent` of the login.'),
    created_at: moment,
    last_seen_at: moment,
    expires_at: moment.describe('The end that no use puts off.'),
    idle_expires_at: moment.describe('The end that every use puts off.'),
    current: z.boolean().describe('The one that asks.'),
  })
  .meta({ id: 'Session', description: 'A device on which the user is logged in.' });

export type SessionJson = z.input<typeof session>;

export const sessions = z.strictObject({ sessions: z.array(session) }).meta({ id: 'Sessions' });
