import { type ProblemCode, STATUS } from '../problem-details.ts';
import type { Json } from './operation.ts';
import { PROBLEMS } from './problems.ts';

const CODES = Object.keys(PROBLEMS) as ProblemCode[];

/** A problem of RFC 9457. */
export const PROBLEM_SCHEMA: Json = {
  type: 'object',
  description: 'Decide by `code`: the codes are stable, the sentences are not.',
  required: ['type', 'title', 'status', 'code', 'detail', 'instance'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', enum: CODES },
    detail: { type: 'string', description: 'A sentence for a person.' },
    instance: { type: 'string', description: 'Holds the request id, which is in the log too.' },
    errors: {
      type: 'array',
      description: 'With `invalid-request` only.',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

/** An example of each problem, under its code. */
export const problemExamples = (): Json =>
  Object.fromEntries(CODES.map((code) => [code, { summary: code.replaceAll('-', ' '), value: exampleOf(code) }]));

const exampleOf = (code: ProblemCode): Json => ({
  type: `urn:wexagon:problem:${code}`,
  title: code.replaceAll('-', ' '),
  status: STATUS[code],
  code,
  detail: PROBLEMS[code],
  instance: 'urn:wexagon:request:be078066-5961-4639-b0c6-85e9fd127a2d',
  ...(code === 'invalid-request' && { errors: [{ field: 'amount.total', message: 'At least 1 fen.' }] }),
});

/** The answers in which these problems come, by status. */
export function problemAnswers(codes: Iterable<ProblemCode>): Map<number, Json> {
  const byStatus = Map.groupBy(new Set(codes), (code) => STATUS[code]);
  return new Map([...byStatus].map(([status, together]) => [status, answerOf(together)]));
}

function answerOf(codes: readonly ProblemCode[]): Json {
  const schema = {
    allOf: [{ $ref: '#/components/schemas/Problem' }, { properties: { code: { enum: codes } } }],
  };
  const examples = Object.fromEntries(codes.map((code) => [code, { $ref: `#/components/examples/${code}` }]));
  return {
    description: codes.map((code) => `\`${code}\``).join(', '),
    headers: { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } },
    content: { 'application/problem+json': { schema, examples } },
  };
}
