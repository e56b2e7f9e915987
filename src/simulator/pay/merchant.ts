/** The one merchant this WeChat Pay knows. */
export interface SimulatedMerchant {
  readonly mchid: string;
  readonly v2Key: string;
  /**
   * Whether WeChat's calls that ask for the merchant's certificate ask for it here, too. It can only be shown over
   * TLS, so these calls are refused over plain HTTP then.
   */
  readonly requireCertificate?: boolean;
}
