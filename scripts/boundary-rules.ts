import type { IRegularForbiddenRuleType } from 'dependency-cruiser';

const CODECS = '^src/adapters/wechat/protocol/';

/** Which floor and which room may know which. Each rule has a canary under test/architecture/canaries that breaks it. */
export const BOUNDARIES: readonly IRegularForbiddenRuleType[] = [
  rule('domain-knows-nothing', '^src/domain/', { pathNot: '^src/domain/' }),
  rule('application-knows-the-domain', '^src/application/', { pathNot: '^src/(domain|application)/' }),
  rule('adapters-look-down', '^src/adapters/', { path: '^src/(main|main\\.ts|simulator)(/|$)' }),
  rule('adapters-are-strangers', '^src/adapters/([^/]+)/', { path: '^src/adapters/', pathNot: '^src/adapters/$1/' }),
  rule('simulator-knows-the-codecs', '^src/simulator/', { path: '^src/', pathNot: ['^src/simulator/', CODECS] }),
  rule('codecs-know-nothing-of-ours', CODECS, { path: '^src/', pathNot: CODECS }),
  rule('client-stands-alone', '^src/client/', { pathNot: '^src/client/' }),
  rule('container-lives-in-main', '^src/(?!main/)', { path: '(^|node_modules/)inversify(/|$)' }),
  rule('no-cycles', '^src/', { circular: true }),
];

function rule(name: string, from: string, to: IRegularForbiddenRuleType['to']): IRegularForbiddenRuleType {
  return { name, severity: 'error', from: { path: from }, to };
}
