import { miniProgramGatewayContract } from '../contracts/mini-program-gateway.contract.ts';
import { describeOn } from '../support/backends.ts';
import { FakeMiniProgram } from '../support/fake-mini-program.ts';
import { realGateway } from '../support/simulated-wechat.ts';
import { TestClock } from '../support/test-clock.ts';
import type { GatewayHarness } from '../contracts/mini-program-gateway.contract.ts';

async function fakeGateway(): Promise<GatewayHarness> {
  const gateway = new FakeMiniProgram(new TestClock());
  return {
    gateway,
    issueCode: async (user) => gateway.issueCode(user),
    block: async (user) => void gateway.blocked.add(user),
    wearOut: async (user) => void gateway.tooOften.add(user),
    renewSessionKey: async (user) => gateway.renewSessionKey(user),
    breakDown: async () => {
      gateway.broken = true;
    },
    seal: async (user, seal) => gateway.seal(user, seal),
  };
}

const GATEWAYS = [
  { name: 'fake', server: 'Maps of this process', open: fakeGateway },
  { name: 'wechat', server: 'HTTP to our own simulator', open: realGateway },
];

describeOn('MiniProgramGateway', GATEWAYS, ({ open }) => miniProgramGatewayContract(open));
