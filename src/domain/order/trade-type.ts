/** Where an order is paid (交易类型): in a mini program, by a code that is scanned, in a browser, in an app. */
export type TradeType = 'JSAPI' | 'NATIVE' | 'H5' | 'APP';

export const TRADE_TYPES = ['JSAPI', 'NATIVE', 'H5', 'APP'] as const satisfies readonly TradeType[];
