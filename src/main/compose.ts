import { Container } from 'inversify';
import type { Logger } from 'pino';
import type { Persistence } from '../domain/persistence.ts';
import type { LiveConfig } from './config.ts';
import { moduleOf } from './container.ts';
import { applicationModule } from './modules/application.ts';
import { gatewaysModule } from './modules/gateways.ts';
import { httpModule } from './modules/http.ts';
import { paymentsModule } from './modules/payments.ts';
import { persistenceModule } from './modules/persistence.ts';
import { refundsModule } from './modules/refunds.ts';
import { statementsModule } from './modules/statements.ts';
import { systemModule } from './modules/system.ts';
import { webhooksModule } from './modules/webhooks.ts';
import { wechatModule } from './modules/wechat.ts';
import { TOKENS as T } from './tokens.ts';

/** Puts the house together; nothing is made before somebody asks for it. */
export function compose(config: LiveConfig, logger: Logger, persistence: Persistence): Container {
  const container = new Container({ defaultScope: 'Singleton' });
  const given = moduleOf((bind) => {
    bind.value(T.config, config);
    bind.value(T.logger, logger);
  });
  container.load(given, systemModule, persistenceModule(persistence), wechatModule);
  container.load(applicationModule, gatewaysModule, paymentsModule, refundsModule, statementsModule);
  container.load(webhooksModule, httpModule);
  return container;
}
