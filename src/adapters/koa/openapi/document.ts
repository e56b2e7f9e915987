import type { ProblemCode } from '../problem-details.ts';
import { COMPONENTS, HEAD } from './head.ts';
import { type Json, type Operation, TAGS, type Told } from './operation.ts';
import { OPERATIONS } from './operations/all.ts';
import { isKeyed, parametersOf } from './parameters.ts';
import { PROBLEM_SCHEMA, problemAnswers, problemExamples } from './problem-answers.ts';
import type { Route } from './routes-of.ts';
import { Schemas } from './schemas.ts';

/**
 * The OpenAPI document of the routes. Paths, credentials, parameters and bodies are read off the routes themselves and the
 * schemas that guard them; what else there is to say is in the table of operations, by name.
 */
export function documentOf(routes: readonly Route[]): Json {
  const schemas = new Schemas();
  const order = Object.keys(OPERATIONS);
  const inOrder = routes.toSorted((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  const byPath = Map.groupBy(inOrder, ({ path }) => path);
  const paths = [...byPath].map(([path, together]) => [
    path,
    Object.fromEntries(together.map((route) => [route.method.toLowerCase(), operationOf(route, schemas)])),
  ]);
  return {
    ...HEAD,
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: Object.fromEntries(paths) as Json,
    components: {
      ...COMPONENTS,
      schemas: { Problem: PROBLEM_SCHEMA, ...schemas.named },
      examples: problemExamples(),
    },
  };
}

function operationOf(route: Route, schemas: Schemas): Json {
  const told = OPERATIONS[route.name];
  if (!told) throw new Error(`nobody has described ${route.name}`);
  const { id, tag, summary, description } = told;
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: route.credential ? [{ [route.credential]: [] }] : [],
    parameters: parametersOf(route, schemas),
    ...bodyOf(route, told, schemas),
    responses: responsesOf(route, told, schemas),
  };
}

function bodyOf({ body }: Route, { raw, example }: Operation, schemas: Schemas): Json {
  const content = raw ?? (body && { 'application/json': { schema: body, example } });
  return content ? { requestBody: { required: true, content: schemas.contentOf(content, schemas.sent) } } : {};
}

function responsesOf(route: Route, { answers, refuses = [] }: Operation, schemas: Schemas): Json {
  const good = answers.map((told): [number, Json] => [told.status, answerOf(route, told, schemas)]);
  const bad = problemAnswers([...(route.refuses ?? []), ...keyFaults(route), ...refuses, 'internal-error']);
  const byStatus = Map.groupBy([...good, ...bad], ([status]) => status);
  return Object.fromEntries([...byStatus].map(([status, told]) => [status, merged(told.map(([, one]) => one))]));
}

/** A status under which WeChat's words and a problem of ours are told has both. */
const merged = (told: readonly Json[]): Json => ({
  description: told.map(({ description }) => description).join(' Or: '),
  headers: Object.assign(
    { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } },
    ...told.map(({ headers }) => headers),
  ),
  ...(told.some(({ content }) => content) && {
    content: Object.assign({}, ...told.map(({ content }) => content)) as Json,
  }),
});

function answerOf(route: Route, { description, content }: Told, schemas: Schemas): Json {
  return {
    description,
    ...(isKeyed(route) && { headers: { 'Idempotent-Replayed': { $ref: '#/components/headers/Replayed' } } }),
    ...(content && { content: schemas.contentOf(content) }),
  };
}

const keyFaults = (route: Route): readonly ProblemCode[] =>
  isKeyed(route) ? ['invalid-request', 'idempotency-key-in-flight', 'idempotency-key-reused'] : [];
