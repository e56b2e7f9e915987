import { Refusal } from '../refusal.ts';

/** The same for an order that is not there and for one that is somebody else's. */
export class OrderNotFound extends Refusal {
  readonly code = 'order-not-found';

  constructor() {
    super('There is no such order.');
  }
}

export class OutTradeNoTaken extends Refusal {
  readonly code = 'out-trade-no-taken';

  constructor() {
    super('There is an order of this out_trade_no already. Take another number.');
  }
}

export class OrderPaid extends Refusal {
  readonly code = 'order-paid';

  constructor() {
    super('The order is paid.');
  }
}

export class OrderClosed extends Refusal {
  readonly code = 'order-closed';

  constructor() {
    super('The order is closed and takes no payment. Make a new one.');
  }
}

export class OrderFailed extends Refusal {
  readonly code = 'order-failed';

  constructor() {
    super('WeChat Pay did not take this order. Make a new one.');
  }
}

/** WeChat takes no order that lives for less than a minute. */
export class OrderExpired extends Refusal {
  readonly code = 'order-expired';

  constructor() {
    super('The time to pay this order is over. Make a new one.');
  }
}

export class ExpiresTooSoon extends Refusal {
  readonly code = 'time-expire-too-soon';

  constructor() {
    super('time_expire has to be more than a minute ahead.');
  }
}

/** We look after an order until its end, and no order is to be looked after for ever. */
export class ExpiresTooLate extends Refusal {
  readonly code = 'time-expire-too-late';

  constructor() {
    super('time_expire has to be within seven days.');
  }
}

/** A definite no of WeChat Pay; its code is for the merchant to act on. */
export class PaymentRefused extends Refusal {
  readonly code = 'payment-refused';

  constructor(reason: string) {
    super(`WeChat Pay refused the order: ${reason}.`);
  }
}

export class PayerUnknown extends Refusal {
  readonly code = 'payer-unknown';

  constructor() {
    super('There is no user of this user_id.');
  }
}

export class PaymentsOff extends Refusal {
  readonly code = 'payments-off';

  constructor() {
    super('This server has no keys for that: WECHAT_PAY_API is off, or those of this version are not set.');
  }
}

export class RefundNotFound extends Refusal {
  readonly code = 'refund-not-found';

  constructor() {
    super('There is no such refund.');
  }
}

/** Of this order or of another one: WeChat Pay knows a refund by its number alone. */
export class OutRefundNoTaken extends Refusal {
  readonly code = 'out-refund-no-taken';

  constructor() {
    super('There is a refund of this out_refund_no already. Take another number.');
  }
}

export class OrderNotPaid extends Refusal {
  readonly code = 'order-not-paid';

  constructor() {
    super('The order is not paid: there is nothing to refund.');
  }
}

export class RefundTooMuch extends Refusal {
  readonly code = 'refund-too-much';

  constructor(left: number) {
    super(`Of this order ${left} fen are left to refund.`);
  }
}

export class TooManyRefunds extends Refusal {
  readonly code = 'too-many-refunds';

  constructor() {
    super('WeChat Pay takes 50 refunds of one order and no more.');
  }
}

export class RefundTooLate extends Refusal {
  readonly code = 'refund-too-late';

  constructor() {
    super('WeChat Pay refunds no payment that is older than a year.');
  }
}

export class RefundNotPossible extends Refusal {
  readonly code = 'refund-not-possible';

  constructor() {
    super(
      'This server cannot refund: WeChat Pay asks for a merchant certificate (WECHAT_PAY_CERT_FILE), and it has none.',
    );
  }
}

/** An order is paid in one way: WeChat takes no number twice in different words. */
export class TradeTypeConflict extends Refusal {
  readonly code = 'trade-type-conflict';

  constructor() {
    super('This order is to be paid in another way. Make a new one.');
  }
}

export class TradeTypeUnavailable extends Refusal {
  readonly code = 'trade-type-unavailable';

  constructor() {
    super('This server takes no payments in an app: WECHAT_PAY_APP_APPID is not set.');
  }
}

/** Only version 3 has a way for it. */
export class AbnormalRefundsOff extends Refusal {
  readonly code = 'abnormal-refunds-off';

  constructor() {
    super('WeChat Pay takes this only by version 3 of its API. Do it at its console.');
  }
}

export class RefundNotAbnormal extends Refusal {
  readonly code = 'refund-not-abnormal';

  constructor() {
    super('This refund is not abnormal at WeChat Pay: there is nothing to be done by hand.');
  }
}

/** WeChat says no, in its own code. */
export class RefundRefused extends Refusal {
  readonly code = 'refund-refused';

  constructor(reason: string) {
    super(`WeChat Pay does not do this: ${reason}.`);
  }
}
