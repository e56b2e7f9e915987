import { z } from 'zod';
import type { Content, Json } from './operation.ts';

/** Turns zod's schemas into JSON Schema, and collects those that have a name, so that each is written once. */
export class Schemas {
  readonly #named = new Map<string, unknown>();

  /** What a caller may send. */
  sent = (schema: z.ZodType): Json => this.#schemaOf(schema, 'input');

  /** What a caller is answered. More may be answered one day, so nothing is said against it. */
  answered = (schema: z.ZodType): Json => this.#schemaOf(schema, 'output');

  contentOf(content: Readonly<Record<string, Content>>, read = this.answered): Json {
    return Object.fromEntries(
      Object.entries(content).map(([type, { schema, example }]) => [
        type,
        { schema: schema instanceof z.ZodType ? read(schema) : schema, example },
      ]),
    );
  }

  get named(): Json {
    return Object.fromEntries([...this.#named].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
    const {
      $schema: _dialect,
      $defs = {},
      ...rest
    } = z.toJSONSchema(schema, { io, override: io === 'output' ? opened : () => {} });
    for (const [name, inner] of Object.entries($defs)) this.#named.set(name, pointedAtComponents(inner));
    return pointedAtComponents(rest) as Json;
  }
}

function opened({ jsonSchema }: { readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
}

const pointedAtComponents = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/'));
