import { mongo } from 'mongoose';
import { Outage } from '../../domain/outage.ts';

/** Errors of the driver and of mongoose that speak of the way to the server, and not of what we asked. */
const TROUBLE =
  /^(Mongo|Mongoose)?(Network|ServerSelection|Pool(Closed|Cleared)|WaitQueueTimeout|NotConnected|(Topology|Client|Server)Closed|ExpiredSession|StalePrimary|OperationTimeout|WriteConcern)/;

/** The same from below the driver, by its code. */
const BROKEN = /^(E(AI_)?[A-Z]+|ERR_STREAM_[A-Z_]+|ERR_SOCKET_[A-Z_]+)$/;

/** mongoose says only in words that it has no connection. */
const DISCONNECTED = /buffering timed out|before initial connection|[Cc]onnection was (force )?closed|not connected/;

/** The server's own words for: not now, or not this server. */
const UNAVAILABLE = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  13, // Unauthorized: the user's rights were changed
  18, // AuthenticationFailed: the password was changed
  24, // LockTimeout
  43, // CursorNotFound: it was lost with the primary
  50, // MaxTimeMSExpired
  63, // StaleShardVersion
  64, // WriteConcernTimeout: the majority did not answer in time
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern: there is no majority
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  150, // StaleEpoch
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  262, // ExceededTimeLimit
  365, // TemporarilyUnavailable
  384, // ConnectionError
  9001, // SocketException
  10058, // LegacyNotPrimary
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11602, // InterruptedDueToReplStateChange
  13388, // StaleConfig
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

const WRITE_CONFLICT = 112;
const DUPLICATE_KEY = 11_000;

export const isDuplicate = (error: unknown): boolean =>
  error instanceof mongo.MongoServerError && error.code === DUPLICATE_KEY;

export function orOutage(cause: unknown): unknown {
  if (codeOf(cause) === WRITE_CONFLICT)
    return new Outage('storage-contended', 'Too much at once. Try again.', { cause, retryAfterSeconds: 1 });
  if (!isTrouble(cause)) return cause;
  return new Outage('storage-unavailable', 'The storage cannot be used at the moment.', { cause });
}

function isTrouble(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof TypeError) return false;
  if (error instanceof mongo.MongoServerError) return isServerTrouble(error);
  return TROUBLE.test(error.name) || BROKEN.test(String(codeOf(error))) || DISCONNECTED.test(error.message);
}

/** The labels are the server's or the driver's word that the same may succeed on another try. */
const isServerTrouble = (error: mongo.MongoServerError): boolean =>
  error instanceof mongo.MongoWriteConcernError ||
  UNAVAILABLE.has(Number(error.code)) ||
  ['RetryableWriteError', 'SystemOverloadedError', 'RetryableError'].some((label) => error.hasErrorLabel(label));

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | undefined)?.code;
