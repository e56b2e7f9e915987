/** What a user shows of themself, under WeChat's own names. `null` is what nobody has told us. */
export interface Profile {
  readonly nickName: string | null;
  readonly avatarUrl: string | null;
  /** 0 unknown, 1 male, 2 female (WeChat's numbers). */
  readonly gender: 0 | 1 | 2 | null;
  readonly city: string | null;
  readonly province: string | null;
  readonly country: string | null;
}

export const EMPTY_PROFILE: Profile = Object.freeze({
  nickName: null,
  avatarUrl: null,
  gender: null,
  city: null,
  province: null,
  country: null,
});

/** A change of some of a profile; what it does not name stays as it was. */
export type ProfileChange = { readonly [Field in keyof Profile]?: Profile[Field] | undefined };

export function changeProfile(profile: Profile, change: ProfileChange): Profile {
  const named = Object.entries(change).filter(([, value]) => value !== undefined);
  return { ...profile, ...Object.fromEntries(named) };
}

export const sameProfile = (one: Profile, other: Profile): boolean =>
  (Object.keys(EMPTY_PROFILE) as (keyof Profile)[]).every((field) => one[field] === other[field]);
