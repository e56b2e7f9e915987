/** One request as any version of the API sends it. */
export interface PayRequest {
  /** What is being done, the same for every order: the breaker goes by it. */
  readonly call: string;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What came back, to the byte: signatures are over it. */
export interface PayResponse {
  readonly status: number;
  /** Names and values as they came, in their order; those that came twice are here twice. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

export const LONGEST_ANSWER = 1024 * 1024;
