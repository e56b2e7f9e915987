import type { ApiDocument, Told } from './api-document.ts';
import { operationsOf, SchemaCheck } from './api-document.ts';

/** An answer, as far as the document tells of it. */
export interface GivenAnswer {
  readonly status: number;
  /** The media type, without what stands behind it. */
  readonly type: string;
  readonly text: string;
  /** What is in it, where it is JSON. */
  readonly body?: unknown;
}

/** What the document tells of each operation, closed: not a field more than is told. */
export class ToldAnswers {
  readonly #check: SchemaCheck;
  readonly #operations: readonly (readonly [name: string, shape: RegExp, told: Told])[];

  constructor(document: ApiDocument) {
    this.#check = new SchemaCheck(document, { closed: true });
    // Literal paths before those with places in them.
    this.#operations = operationsOf(document)
      .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
      .map(([name, told]) => [name, shapeOf(name), told]);
  }

  /** Its name, as `POST /v1/login`; undefined where nothing is told of it. */
  operationAt(method: string, path: string): string | undefined {
    return this.#operations.find(([, shape]) => shape.test(`${method} ${path}`))?.[0];
  }

  /** What of the answer is not as it is told; nothing where all of it is. */
  faultsOf(operation: string, { body, status, text, type }: GivenAnswer): string[] {
    const response = this.#operations.find(([name]) => name === operation)?.[2].responses[status];
    if (!response) return ['is not told of'];
    const content = response.content?.[type];
    if (!content) return text === '' && !response.content ? [] : [`is ${type}`];
    return body === undefined ? [] : this.#check.faults(content.schema, body);
  }
}

/** A trailing slash makes no difference. */
const shapeOf = (name: string): RegExp => new RegExp(`^${name.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}/?$`);
