/** Every way in which a request can be wrong before any use case is asked. The codes are stable. */
export type HttpFaultCode =
  | 'invalid-request'
  | 'malformed-json'
  | 'malformed-request'
  | 'unsupported-media-type'
  | 'payload-too-large'
  | 'route-not-found'
  | 'method-not-allowed'
  | 'merchant-not-authenticated'
  | 'merchant-key-needed'
  | 'overloaded';

export interface FieldError {
  /** Where in the body, as a dotted path; empty for the body as a whole. */
  readonly field: string;
  readonly message: string;
}

interface Details {
  readonly errors?: readonly FieldError[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

export class HttpFault extends Error {
  override readonly name = 'HttpFault';
  readonly code: HttpFaultCode;
  readonly errors: readonly FieldError[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: HttpFaultCode, message: string, { errors, headers = {}, cause }: Details = {}) {
    super(message, { cause });
    this.code = code;
    this.errors = errors;
    this.headers = headers;
  }
}
