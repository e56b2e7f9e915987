import { WechatMiniProgram } from '../../adapters/wechat/mini-program/wechat-mini-program.ts';
import { moduleOf } from '../container.ts';
import { TOKENS as T } from '../tokens.ts';

/** The way out to WeChat. */
export const wechatModule = moduleOf((bind) => {
  bind.made(T.gateway, { config: T.config, clock: T.clock }, ({ config, clock }) => {
    return new WechatMiniProgram(config.wechat, clock);
  });
  bind.made(T.isReusable, { config: T.config }, ({ config }) => {
    // Plain http is this machine, and whoever calls itself WeChat there is a simulator.
    const isSimulated = config.wechat.baseUrl.startsWith('http:');
    return (code) => isSimulated && code.startsWith('dev-');
  });
});
