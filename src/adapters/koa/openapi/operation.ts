import type { z } from 'zod';
import type { ProblemCode } from '../problem-details.ts';

/** JSON as the document has it. */
export type Json = { readonly [name: string]: unknown };

export interface Content {
  readonly schema: z.ZodType | Json;
  readonly example: unknown;
}

export interface Told {
  readonly status: number;
  readonly description: string;
  /** By media type; none where there is no body. */
  readonly content?: Readonly<Record<string, Content>>;
  readonly headers?: Readonly<Record<string, Json>>;
}

/** What is to be said of a route that its guards and its schemas cannot say. */
export interface Operation {
  readonly id: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** An example of the body; its schema is the one that guards the route. */
  readonly example?: unknown;
  /** What is read as bytes, and guarded by a signature instead of a schema. */
  readonly raw?: Readonly<Record<string, Content>>;
  readonly answers: readonly Told[];
  /** How it may end besides what stands before it. */
  readonly refuses?: readonly ProblemCode[];
}

export const TAGS = {
  login: 'Logging in, and the devices on which a user is logged in.',
  profile: "The user's account and profile.",
  'own orders': "The phone's part of a payment.",
  orders: 'For merchant backends: orders. The price comes from here and never from a mini program.',
  refunds: 'For merchant backends: paying back.',
  statements: "For merchant backends: WeChat's bills, their comparison with the orders, comments.",
  webhooks: 'For merchant backends: the event log, and what the receiver of webhooks was told of it.',
  notices: 'Where WeChat Pay tells of payments and refunds. Nobody else has anything to say here.',
  operations: 'For operators. Keep them from the public.',
} as const;

export type Tag = keyof typeof TAGS;

/** A JSON answer. */
export const answers = (schema: z.ZodType, example: unknown, description: string, status = 200): Told => ({
  status,
  description,
  content: { 'application/json': { schema, example } },
});

export const nothing = (description: string): Told => ({ status: 204, description });

export const STORAGE = ['storage-unavailable', 'storage-contended'] as const;

export const WECHAT = [
  'wechat-busy',
  'wechat-misconfigured',
  'wechat-timeout',
  'wechat-unreachable',
  'wechat-unreadable',
] as const;
