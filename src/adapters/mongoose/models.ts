import { type Connection, type Model, Schema } from 'mongoose';
import type { Profile } from '../../domain/account/profile.ts';
import { type EventDocument, eventSchema } from './event-schema.ts';
import { type KeyedRequestDocument, keyedRequestSchema } from './keyed-request-schema.ts';
import { type OrderDocument, orderSchema } from './order-schema.ts';
import { type PlatformCertificatesDocument, platformCertificatesSchema } from './platform-certificates-schema.ts';
import { type ReconciliationDocument, reconciliationSchema } from './reconciliation-schema.ts';
import { type RefundNumberDocument, refundNumberSchema } from './refund-number-schema.ts';
import { NUMBER, STRICTLY, TEXT, TIME } from './strict-schema.ts';
import {
  type WebhookDeliveryDocument,
  webhookDeliverySchema,
  type WebhookEndpointDocument,
  webhookEndpointSchema,
} from './webhook-schema.ts';

/** An account as it lies in the collection `accounts`. */
export interface AccountDocument {
  /** The account's id. */
  _id: string;
  appid: string;
  openid: string;
  unionid: string | null;
  profile: Profile;
  sessionKey: { keyId: string; box: string };
  createdAt: Date;
  version: number;
}

/** A session as it lies in the collection `sessions`. */
export interface SessionDocument {
  /** The token's digest. */
  _id: string;
  id: string;
  accountId: string;
  device: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  idleExpiresAt: Date;
}

export interface Models {
  readonly accounts: Model<AccountDocument>;
  readonly sessions: Model<SessionDocument>;
  readonly orders: Model<OrderDocument>;
  readonly refundNumbers: Model<RefundNumberDocument>;
  readonly events: Model<EventDocument>;
  readonly keyedRequests: Model<KeyedRequestDocument>;
  readonly reconciliations: Model<ReconciliationDocument>;
  readonly platformCertificates: Model<PlatformCertificatesDocument>;
  readonly webhookDeliveries: Model<WebhookDeliveryDocument>;
  readonly webhookEndpoints: Model<WebhookEndpointDocument>;
}

/**
 * In a sharded cluster the shard key is {appid, openid}: only what contains the shard key can be unique there, and two
 * first logins of one user must not both succeed. So `_id` is unique on each shard only, which random ids can live with.
 */
const accountSchema = new Schema<AccountDocument>(
  {
    _id: TEXT,
    appid: TEXT,
    openid: TEXT,
    unionid: String,
    profile: {
      nickName: String,
      avatarUrl: String,
      gender: Number,
      city: String,
      province: String,
      country: String,
    },
    sessionKey: { keyId: TEXT, box: TEXT },
    createdAt: TIME,
    version: NUMBER,
  },
  { ...STRICTLY, collection: 'accounts' },
)
  .index({ appid: 1, openid: 1 }, { unique: true })
  .index({ unionid: 1, createdAt: 1 })
  .index({ 'sessionKey.keyId': 1, _id: 1 });

/**
 * In a sharded cluster the shard key is `_id`, hashed: every request looks a session up by its digest, and so asks one
 * shard. What looks by account asks all of them, and deletes by deleteMany, for deleteOne needs `_id` or the shard key.
 */
const sessionSchema = new Schema<SessionDocument>(
  {
    _id: TEXT,
    id: TEXT,
    accountId: TEXT,
    device: String,
    createdAt: TIME,
    lastSeenAt: TIME,
    expiresAt: TIME,
    idleExpiresAt: TIME,
  },
  { ...STRICTLY, collection: 'sessions' },
)
  .index({ id: 1 })
  .index({ accountId: 1, createdAt: -1, id: -1 })
  .index({ idleExpiresAt: 1 });

export const modelsOf = (connection: Connection): Models => ({
  accounts: connection.model<AccountDocument>('Account', accountSchema),
  sessions: connection.model<SessionDocument>('Session', sessionSchema),
  orders: connection.model<OrderDocument>('Order', orderSchema),
  refundNumbers: connection.model<RefundNumberDocument>('RefundNumber', refundNumberSchema),
  events: connection.model<EventDocument>('Event', eventSchema),
  keyedRequests: connection.model<KeyedRequestDocument>('KeyedRequest', keyedRequestSchema),
  reconciliations: connection.model<ReconciliationDocument>('Reconciliation', reconciliationSchema),
  platformCertificates: connection.model<PlatformCertificatesDocument>(
    'PlatformCertificates',
    platformCertificatesSchema,
  ),
  webhookDeliveries: connection.model<WebhookDeliveryDocument>('WebhookDelivery', webhookDeliverySchema),
  webhookEndpoints: connection.model<WebhookEndpointDocument>('WebhookEndpoint', webhookEndpointSchema),
});
