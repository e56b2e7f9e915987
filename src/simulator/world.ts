import { Faults } from './faults.ts';
import { Ledger } from './ledger.ts';
import { LoginCodes } from './login-codes.ts';
import type { SimulatedMerchant } from './pay/merchant.ts';
import { openPay, type Pay } from './pay/pay.ts';
import { Users } from './users.ts';

/** The one mini program this WeChat knows. */
export interface SimulatedApp {
  readonly appid: string;
  readonly secret: string;
  /** The merchant that takes its payments, if any does. */
  readonly pay?: SimulatedMerchant;
}

/** Everything this WeChat holds. */
export interface World {
  readonly app: SimulatedApp;
  readonly users: Users;
  readonly codes: LoginCodes;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly pay: Pay | undefined;
}

export function createWorld(app: SimulatedApp): World {
  const users = new Users(app.appid, app.secret);
  return {
    app,
    users,
    codes: new LoginCodes(),
    faults: new Faults(),
    ledger: new Ledger(),
    pay: app.pay && openPay(app.appid, app.pay, users),
  };
}
