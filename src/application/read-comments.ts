import type { Comment } from '../domain/statement/bill.ts';
import type { StatementGateway } from '../domain/statement/statement-gateway.ts';

/** Answers what payers said about their orders in a stretch of time. */
export class ReadComments {
  readonly #statements: StatementGateway;

  constructor({ statements }: { readonly statements: StatementGateway }) {
    this.#statements = statements;
  }

  async execute(begin: Date, end: Date): Promise<readonly Comment[]> {
    const answer = await this.#statements.comments(begin, end);
    if (answer.kind === 'unknown') throw answer.outage;
    return answer.comments;
  }
}
