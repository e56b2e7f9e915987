/** The one merchant this WeChat Pay knows. */
export interface SimulatedMerchant {
  readonly mchid: string;
  readonly v2Key: string;
}
