import type { Clock } from '../../../domain/clock.ts';
import type { FundAccount, FundRow, TradeBillType, TradeRow } from '../../../domain/statement/bill.ts';
import type { Day } from '../../../domain/statement/day.ts';
import type { BillAnswer, CommentsAnswer, StatementGateway } from '../../../domain/statement/statement-gateway.ts';
import { BillTypeOff, CommentsOff } from '../../../domain/statement/statement-refusals.ts';
import { begun } from '../bills/begun.ts';
import { collected } from '../bills/collected.ts';
import { Digested } from '../bills/digested.ts';
import { FundTable } from '../bills/fund-table.ts';
import { openBill, type TableMaker } from '../bills/open-bill.ts';
import { TradeTable } from '../bills/trade-table.ts';
import { isGzip, unpacked } from '../bills/unpacked.ts';
import { orUnknown } from '../pay-client/or-unknown.ts';
import type { PayRequest } from '../pay-client/pay-message.ts';
import { type PayStream, PayStreams, type PayStreamSettings } from '../pay-client/pay-stream.ts';
import type { PlatformKeys } from './platform-keys.ts';
import { failureIn } from './v3-answer.ts';
import { type BillPlace, readBillPlace } from './v3-bill-answer.ts';
import { V3Calls } from './v3-calls.ts';
import { BILL_FILE_CODES, settledBy } from './v3-error-codes.ts';
import { type V3Call, v3Request } from './v3-request.ts';
import type { PayV3Settings } from './v3-settings.ts';

export type V3StatementSettings = PayV3Settings & Pick<PayStreamSettings, 'answerDeadline' | 'idleDeadline'>;

/** What only version 2 tells. */
type Older = Pick<StatementGateway, 'comments' | 'tradeBill'>;

/** Bills by version 3: WeChat signs where a file is to be had and what it comes to, and the file itself has no signature. */
export class V3Statements implements StatementGateway {
  readonly #settings: V3StatementSettings;
  readonly #clock: Clock;
  readonly #calls: V3Calls;
  readonly #streams: PayStreams;
  readonly #older: Older | null;

  constructor(settings: V3StatementSettings, clock: Clock, keys: PlatformKeys, older: Older | null) {
    // Our certificate signs what we ask; shown to the host, as version 2 wants it for bills of money, it is of no use.
    const { certificate: _unshown, ...hosts } = settings;
    this.#settings = settings;
    this.#clock = clock;
    this.#calls = new V3Calls(settings, clock, keys);
    this.#streams = new PayStreams(hosts);
    this.#older = older;
  }

  async tradeBill(day: Day, type: TradeBillType): Promise<BillAnswer<TradeRow>> {
    if (type === 'RECHARGE_REFUND') return this.#olderFor(BillTypeOff).tradeBill(day, type);
    const path = `/v3/bill/tradebill?bill_date=${day}&bill_type=${type}&tar_type=GZIP`;
    return this.#bill('trade-bill', path, (columns) => new TradeTable(columns));
  }

  fundFlow(day: Day, account: FundAccount): Promise<BillAnswer<FundRow>> {
    const path = `/v3/bill/fundflowbill?bill_date=${day}&account_type=${account}&tar_type=GZIP`;
    return this.#bill('fund-flow-bill', path, (columns) => new FundTable(columns));
  }

  async comments(begin: Date, end: Date): Promise<CommentsAnswer> {
    return this.#olderFor(CommentsOff).comments(begin, end);
  }

  #olderFor(Missing: new () => BillTypeOff | CommentsOff): Older {
    if (!this.#older) throw new Missing();
    return this.#older;
  }

  async #bill<Row>(call: V3Call, path: string, tableFor: TableMaker<Row>): Promise<BillAnswer<Row>> {
    const { baseUrl, backupBaseUrl } = this.#settings;
    const answer = await this.#calls.ask(call, { method: 'GET', path }, (heard) =>
      readBillPlace(heard, [baseUrl, backupBaseUrl]),
    );
    return answer.kind === 'place' ? this.#fetch(answer, tableFor) : answer;
  }

  #fetch<Row>({ path, digest }: BillPlace, tableFor: TableMaker<Row>): Promise<BillAnswer<Row>> {
    return orUnknown(() =>
      this.#streams.ask(
        () => this.#fileRequest(path),
        async (stream) => {
          const bytes = await fileIn(stream);
          return { kind: 'bill', bill: openBill(new Digested(`SHA=${digest}`).checked(bytes), tableFor) };
        },
      ),
    );
  }

  #fileRequest(path: string): PayRequest {
    const occasion = { now: this.#clock.now(), serial: this.#settings.publicKey?.id };
    return v3Request('bill-file', { method: 'GET', path }, this.#settings, occasion);
  }
}

/** We ask for gzip and take what comes. What is not the file says in JSON why there is none. */
async function fileIn({ status, body }: PayStream): Promise<AsyncIterable<Uint8Array>> {
  if (status !== 200) {
    const failure = failureIn({ status, headers: [], body: await collected(body, LONGEST_ERROR) });
    return settledBy<never>(BILL_FILE_CODES, failure);
  }
  const { head, bytes } = await begun(body);
  return isGzip(head) ? unpacked(bytes) : bytes;
}

const LONGEST_ERROR = 64 * 1024;
