/** The one merchant this WeChat Pay knows. */
export interface SimulatedMerchant {
  readonly mchid: string;
  readonly v2Key: string;
  /** What it takes to be spoken to in version 3 as well. */
  readonly v3?: SimulatedV3;
  /** In whose name apps pay; it is good for trades of the type APP and for no others. */
  readonly appAppid?: string;
  /**
   * Whether WeChat's calls that ask for the merchant's certificate ask for it here, too. It can only be shown over
   * TLS, so these calls are refused over plain HTTP then.
   */
  readonly requireCertificate?: boolean;
}

export interface SimulatedV3 {
  /** The APIv3 key: 32 bytes. */
  readonly key: string;
  /** The merchant's, in PEM: requests are signed with its key, and name its serial number. */
  readonly certificate: string;
  /** WeChat Pay's public key, by the private one, in PEM. */
  readonly publicKey?: { readonly id: string; readonly privateKey: string };
  /** Whether WeChat has no platform certificates for this merchant, as for new ones; then it takes a public key. */
  readonly withoutCertificates?: boolean;
}
