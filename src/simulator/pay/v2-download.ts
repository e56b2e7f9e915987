import type { Readable } from 'node:stream';
import { writeFlatXml } from '../../adapters/wechat/protocol/flat-xml.ts';
import type { Speech } from '../fault-answer.ts';

/** The file, or in XML and without a signature why there is none. */
export type Download = DownloadedFile | FailedDownload;

interface DownloadedFile {
  readonly type: string;
  readonly digest?: string;
  readonly open: () => Readable;
}

interface FailedDownload {
  readonly failure: Readonly<Record<string, string>>;
}

/** With the fields by which the older of these calls tell what is wrong, and the younger. */
export const failedByNumber = (error_code: string, return_msg: string): Download => ({
  failure: { return_code: 'FAIL', return_msg, error_code },
});

export const failedByName = (err_code: string, err_code_des: string): Download => ({
  failure: { return_code: 'SUCCESS', return_msg: 'OK', result_code: 'FAIL', err_code, err_code_des },
});

export const refusedDownload = (return_msg: string): Download => ({ failure: { return_code: 'FAIL', return_msg } });

export const downloadSpeech = (failed: typeof failedByNumber): Speech<Download> => ({
  type: 'text/xml; charset=utf-8',
  write: (download) => ('failure' in download ? writeFlatXml(Object.entries(download.failure)) : download.open()),
  failure: ({ err_code }) => failed(err_code, 'ordered fault'),
  headersOf: (download) =>
    'failure' in download
      ? {}
      : { 'content-type': download.type, ...(download.digest !== undefined && { digest: `SHA=${download.digest}` }) },
  outcomeOf,
});

function outcomeOf(download: Download): string {
  if (!('failure' in download)) return 'ok';
  const { err_code, error_code, return_msg } = download.failure;
  if (err_code !== undefined) return `err_code ${err_code}`;
  return error_code === undefined ? `return_code FAIL ${return_msg}` : `error_code ${error_code} ${return_msg}`;
}
