import { WechatMiniProgram } from '../../adapters/wechat/mini-program/wechat-mini-program.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

/** The way out to WeChat. */
export const wechatModule = moduleOf((bind) => {
  bind.made(T.gateway, { config: T.config, clock: T.clock }, ({ config, clock }) => {
    return new WechatMiniProgram(config.wechat, clock);
  });
});
