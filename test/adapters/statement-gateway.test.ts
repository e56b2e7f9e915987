import { Outage } from '../../src/domain/outage.ts';
import { statementGatewayContract, type StatementGatewayHarness } from '../contracts/statement-gateway.contract.ts';
import { describeOn } from '../support/backends.ts';
import { FakeStatements } from '../support/fake-statements.ts';
import { scriptedStatements } from '../support/scripted-statements.ts';
import { scriptedStatementsV3 } from '../support/scripted-statements-v3.ts';

async function fakeStatements(): Promise<StatementGatewayHarness> {
  const gateway = new FakeStatements();
  return {
    gateway,
    trade: async (day, rows) => void gateway.trades.set(day, rows),
    flow: async (day, rows) => void gateway.funds.set(day, rows),
    say: async (comments) => {
      gateway.said = comments;
    },
    putOff: async (day) => void gateway.notReady.add(day),
    breakDown: async () => {
      gateway.outage = new Outage('wechat-unreadable', 'WeChat Pay gave an answer that we do not understand.');
    },
  };
}

const GATEWAYS = [
  { name: 'fake', server: 'Maps of this process', open: fakeStatements },
  { name: 'wechat-v2', server: 'HTTP to a script', open: scriptedStatements },
  { name: 'wechat-v3', server: 'HTTP to a script', open: scriptedStatementsV3 },
];

describeOn('StatementGateway', GATEWAYS, ({ open }) => statementGatewayContract(open));
