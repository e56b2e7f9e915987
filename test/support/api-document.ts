import { type AnySchema, Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { createDocsRouter } from '../../src/adapters/koa/openapi/docs-router.ts';
import { documentOf } from '../../src/adapters/koa/openapi/document.ts';
import { routesOf } from '../../src/adapters/koa/openapi/routes-of.ts';
import { createOperationsRouter, createRouter, type RouteNeeds } from '../../src/adapters/koa/routes.ts';

interface Content {
  readonly schema: AnySchema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly $ref: string }>>;
}

export interface Response {
  readonly description: string;
  readonly content?: Readonly<Record<string, Content>>;
}

export interface Told {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters: readonly { readonly $ref?: string; readonly name?: string; readonly example?: unknown }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, Response>>;
}

export interface ApiDocument {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Told>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly examples: Readonly<Record<string, { readonly value: { readonly code: string } }>>;
  };
}

/** Answers to whatever is asked of it: enough to build routers whose routes nobody calls. */
// oxlint-disable-next-line typescript/no-explicit-any
const anything: any = new Proxy(() => {}, { get: () => anything, apply: () => anything });

/** All routers there are, as the app mounts them. */
export function allRouters() {
  const routers = [createOperationsRouter(anything as RouteNeeds), createRouter(anything as RouteNeeds)];
  return [...routers, createDocsRouter(...routers)];
}

export const apiDocument = (): ApiDocument =>
  JSON.parse(JSON.stringify(documentOf(routesOf(allRouters())))) as ApiDocument;

/** Each operation by its name, as `POST /v1/login`. */
export const operationsOf = ({ paths }: ApiDocument): [name: string, told: Told][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, told]): [string, Told] => [`${method.toUpperCase()} ${path}`, told]),
  );

/** Holds values against schemas of the document. Closed: what a schema does not name is not to be there. */
export class SchemaCheck {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #known = new Map<AnySchema, ValidateFunction>();

  constructor({ components }: ApiDocument, { closed = false } = {}) {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema({ $id: 'doc', components: closed ? close(components) : components });
  }

  /** What is wrong with the value; nothing, where nothing is. */
  faults(schema: AnySchema, value: unknown): string[] {
    let validate = this.#known.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"doc#/components/')),
      );
      this.#known.set(schema, validate);
    }
    return validate(value)
      ? []
      : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }
}

function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close);
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([name, one]) => [name, close(one)]));
  const isOpen = 'properties' in schema && 'type' in schema && !('additionalProperties' in schema);
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}
