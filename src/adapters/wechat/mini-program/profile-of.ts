import type { Profile, ProfileChange } from '../../../domain/account/profile.ts';

/** Reads the profile out of user data. Kinds of data that hold none (a phone number, a group) change none. */
export function profileOf(data: Record<string, unknown>): ProfileChange {
  return {
    nickName: text(data.nickName),
    avatarUrl: text(data.avatarUrl),
    gender: gender(data.gender),
    city: text(data.city),
    province: text(data.province),
    country: text(data.country),
  };
}

/** No field of a profile is worth more than this many characters. */
const LONGEST = 2_048;

/** What not every storage can keep, a NUL or half a character, is no part of anybody's name. */
const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value.slice(0, LONGEST).toWellFormed().replaceAll('\0', '') : undefined;

const gender = (value: unknown): Profile['gender'] | undefined =>
  value === 0 || value === 1 || value === 2 ? value : undefined;
