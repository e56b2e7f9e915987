import type { FundAccount, FundRow, TradeBillType, TradeRow } from '../../../domain/statement/bill.ts';
import type { Day } from '../../../domain/statement/day.ts';
import type { BillAnswer, CommentsAnswer, StatementGateway } from '../../../domain/statement/statement-gateway.ts';
import { CertificateMissing } from '../../../domain/statement/statement-refusals.ts';
import { Digested } from '../bills/digested.ts';
import { FundTable } from '../bills/fund-table.ts';
import { openBill, type TableMaker } from '../bills/open-bill.ts';
import { TradeTable } from '../bills/trade-table.ts';
import { isGzip, unpacked } from '../bills/unpacked.ts';
import { type PayStream, PayStreams, type PayStreamSettings } from '../pay-client/pay-stream.ts';
import { orUnknown } from '../pay-client/or-unknown.ts';
import { allComments } from './v2-comments.ts';
import { type V2Call, type V2Parameters, v2Request } from './v2-request.ts';
import type { PayV2Settings, V2Identity } from './v2-settings.ts';
import { openStatement } from './v2-statement-answer.ts';

export type V2StatementSettings = V2Identity &
  Pick<PayV2Settings, 'baseUrl' | 'backupBaseUrl' | 'certificate'> &
  Pick<PayStreamSettings, 'answerDeadline' | 'idleDeadline'>;

const ACCOUNTS = { BASIC: 'Basic', OPERATION: 'Operation', FEES: 'Fees' } as const satisfies Record<
  FundAccount,
  string
>;

/** Bills and comments by version 2: files of any length, which nobody signs. */
export class V2Statements implements StatementGateway {
  readonly #settings: V2StatementSettings;
  readonly #streams: PayStreams;
  /** Over connections that show our certificate. */
  readonly #certified: PayStreams | undefined;

  constructor(settings: V2StatementSettings) {
    const { certificate, ...hosts } = settings;
    this.#settings = settings;
    this.#streams = new PayStreams(hosts);
    this.#certified = certificate ? new PayStreams({ ...hosts, certificate }) : undefined;
  }

  tradeBill(day: Day, type: TradeBillType): Promise<BillAnswer<TradeRow>> {
    const parameters = { bill_date: compact(day), bill_type: type, tar_type: 'GZIP' };
    const request = () => v2Request('downloadbill', parameters, this.#settings);
    return orUnknown(() =>
      this.#streams.ask(request, (stream) => readBill(stream, (columns) => new TradeTable(columns))),
    );
  }

  async fundFlow(day: Day, account: FundAccount): Promise<BillAnswer<FundRow>> {
    const streams = this.#needCertified();
    const parameters = { bill_date: compact(day), account_type: ACCOUNTS[account], tar_type: 'GZIP' };
    const request = this.#certifiedRequest('downloadfundflow', parameters);
    return orUnknown(() => streams.ask(request, (stream) => readBill(stream, (columns) => new FundTable(columns))));
  }

  async comments(begin: Date, end: Date): Promise<CommentsAnswer> {
    const streams = this.#needCertified();
    const comments = () =>
      allComments({ begin, end }, (parameters, read) =>
        streams.ask(this.#certifiedRequest('batchquerycomment', parameters), read),
      );
    return orUnknown(async () => ({ kind: 'comments', comments: await comments() }));
  }

  /** These calls know one algorithm, whatever the merchant's own is. */
  #certifiedRequest(call: V2Call, parameters: V2Parameters) {
    return () => v2Request(call, parameters, { ...this.#settings, signType: 'HMAC-SHA256' });
  }

  #needCertified(): PayStreams {
    if (!this.#certified) throw new CertificateMissing();
    return this.#certified;
  }
}

const compact = (day: Day): string => day.replaceAll('-', '');

async function readBill<Row>(stream: PayStream, tableFor: TableMaker<Row>): Promise<BillAnswer<Row>> {
  const answer = await openStatement(stream);
  if (answer.kind !== 'statement') return answer;
  const digested = new Digested(stream.header('digest'));
  // We ask for gzip and take what comes.
  const plain = isGzip(answer.head) ? unpacked(digested.over(answer.bytes)) : answer.bytes;
  return { kind: 'bill', bill: openBill(digested.checked(plain), tableFor) };
}
