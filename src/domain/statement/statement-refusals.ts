import { Refusal } from '../refusal.ts';

export class ReconciliationNotFound extends Refusal {
  readonly code = 'reconciliation-not-found';

  constructor() {
    super('This day was not compared with its bill yet.');
  }
}

export class BillNotReady extends Refusal {
  readonly code = 'bill-not-ready';

  constructor() {
    super('WeChat makes the bill of a day by 10 in the morning (UTC+8) of the day after. Come again later.', {
      retryAfterSeconds: 1_800,
    });
  }
}

/** WeChat keeps the bills of three months. */
export class BillGone extends Refusal {
  readonly code = 'bill-gone';

  constructor() {
    super('WeChat keeps bills for three months, and this day is longer ago.');
  }
}

/** Money flows and comments are shown to nobody else. */
export class CertificateMissing extends Refusal {
  readonly code = 'certificate-missing';

  constructor() {
    super('This server has no merchant certificate: WECHAT_PAY_CERT_FILE and WECHAT_PAY_KEY_FILE are not set.');
  }
}

/** WeChat tells of them by version 2 alone. */
export class CommentsOff extends Refusal {
  readonly code = 'comments-off';

  constructor() {
    super('Comments are to be had by version 2 of WeChat Pay alone: WECHAT_PAY_V2_KEY is not set.');
  }
}

/** WeChat makes bills of this type by version 2 alone. */
export class BillTypeOff extends Refusal {
  readonly code = 'bill-type-off';

  constructor() {
    super('Bills of this type are to be had by version 2 of WeChat Pay alone: WECHAT_PAY_V2_KEY is not set.');
  }
}
