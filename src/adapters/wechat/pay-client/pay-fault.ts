interface Known {
  /** WeChat's code, where it gave one. */
  readonly code?: string | undefined;
  readonly isPassing?: boolean;
  readonly isUnsent?: boolean;
}

/** What may be known of a failed call: never its URL, never a body, never a key. */
export class PayFault extends Error {
  override readonly name = 'PayFault';
  readonly code: string | undefined;
  /** The very same, said once more, may go better. */
  readonly isPassing: boolean;
  /** Not a byte of it can have reached WeChat. */
  readonly isUnsent: boolean;

  constructor(message: string, { code, isPassing = false, isUnsent = false }: Known = {}) {
    super(message);
    this.code = code;
    this.isPassing = isPassing;
    this.isUnsent = isUnsent;
  }
}

/** The fault behind an outage of ours. */
export const faultOf = (error: unknown): PayFault | undefined => {
  const { cause } = error as { cause?: unknown };
  return cause instanceof PayFault ? cause : undefined;
};
