/** The versions of WeChat Pay's API. An order is talked about in the one that it was put to WeChat with. */
export type PayApi = 'v2' | 'v3';

export const PAY_APIS = ['v2', 'v3'] as const satisfies readonly PayApi[];
