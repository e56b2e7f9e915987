import { Faults } from './faults.ts';
import { Ledger } from './ledger.ts';
import { LoginCodes } from './login-codes.ts';
import { Users } from './users.ts';

/** The one mini program this WeChat knows. */
export interface SimulatedApp {
  readonly appid: string;
  readonly secret: string;
}

/** Everything this WeChat holds. */
export interface World {
  readonly app: SimulatedApp;
  readonly users: Users;
  readonly codes: LoginCodes;
  readonly faults: Faults;
  readonly ledger: Ledger;
}

export const createWorld = (app: SimulatedApp): World => ({
  app,
  users: new Users(app.appid, app.secret),
  codes: new LoginCodes(),
  faults: new Faults(),
  ledger: new Ledger(),
});
