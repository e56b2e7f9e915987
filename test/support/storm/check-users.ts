import type { Finding, Found } from './findings.ts';
import type { Me, World } from './world.ts';

/** Whoever was given a token has it, an account of their own, and the name that they were told. */
export function checkUsers({ history, kept, users }: World): Found[] {
  const openids = Map.groupBy(kept.accounts, ({ openid }) => openid as string);
  const second = [...openids].filter(([, { length }]) => length > 1).map(([openid]) => openid);
  const lost = users.filter(({ login, account }) => account?.openid !== login.openid).map(({ login }) => login.openid);
  const renamed = users
    .filter((me) => !isNamedAsTold(me, history.names.get(me.login.openid)))
    .map(({ login }) => login.openid);
  return [
    ...found('second account', second),
    ...found('promise broken', [...history.refused, ...lost, ...new Set(renamed)]),
  ];
}

const found = (finding: Finding, abouts: readonly string[]): Found[] => abouts.map((about) => ({ finding, about }));

type Naming = NonNullable<ReturnType<World['history']['names']['get']>>;

/** Of a name that was asked for and never answered nobody knows. */
function isNamedAsTold({ account }: Me, naming: Naming | undefined): boolean {
  if (!account || !naming) return true;
  const { nickName } = account;
  return nickName === naming.told || (nickName !== null && naming.tried.includes(nickName));
}
