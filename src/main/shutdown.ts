import type { Logger } from 'pino';

type Step = () => Promise<void> | void;

/**
 * What has to be let go of at the end, in the order in which that has to happen: the last thing opened goes first.
 * The container offers to do this itself, but all at once and in no order.
 */
export class Shutdown {
  readonly logger: Logger;
  readonly #steps: { readonly what: string; readonly step: Step }[] = [];
  #running: Promise<void> | undefined;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** Something was opened: says how to close it. */
  add(what: string, step: Step): void {
    this.#steps.unshift({ what, step });
  }

  /** Closes everything once, however often it is asked; one that fails keeps no other from being closed. */
  run(): Promise<void> {
    return (this.#running ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    for (const { what, step } of this.#steps) {
      try {
        await step();
      } catch (err) {
        this.logger.error({ err, what }, 'could not be closed');
      }
    }
    this.logger.info('stopped');
  }
}
