import { createCipheriv, createDecipheriv } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableXml } from '../../src/adapters/wechat/protocol/flat-xml.ts';
import { sealRefundNotice } from '../../src/adapters/wechat/protocol/refund-notice-seal.ts';
import { openReqInfo, readReqInfo, UnreadableRefundNotice } from '../../src/adapters/wechat/protocol/refund-notice.ts';
import vectors from '../vectors/v2-refund-notify.json' with { type: 'json' };

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: Record<string, string | undefined>;
  readonly expected: { error?: boolean; plaintext?: string; ciphertext?: string; fields?: Record<string, string> };
}

const RUN: Record<string, (vector: Vector) => void> = {
  'v2.refund.decrypt': ({ inputs: { req_info, apiKey }, expected }) => {
    const open = () => openReqInfo(req_info!, apiKey!).toString();
    if (expected.error) expect(open).toThrow(UnreadableRefundNotice);
    else expect(open()).toBe(expected.plaintext);
  },
  'v2.refund.fields': ({ inputs: { req_info, apiKey }, expected }) => {
    expect(Object.fromEntries(readReqInfo(req_info!, apiKey!))).toEqual(expected.fields);
  },
  // With the key as it stands: what is published of the cipher alone.
  'aes-256-ecb.encrypt': ({ inputs: { key, plaintext }, expected }) => {
    const cipher = createCipheriv('aes-256-ecb', key!, null);
    expect(cipher.update(plaintext!, 'utf8', 'base64') + cipher.final('base64')).toBe(expected.ciphertext);
  },
  'aes-256-ecb.decrypt': ({ inputs: { key, ciphertext }, expected }) => {
    const cipher = createDecipheriv('aes-256-ecb', key!, null);
    expect(cipher.update(ciphertext!, 'base64', 'utf8') + cipher.final('utf8')).toBe(expected.plaintext);
  },
};

describe(`published vectors: ${vectors.category}`, () => {
  it.each((vectors.vectors as Vector[]).map((vector) => [vector.name, vector] as const))('%s', (_name, vector) => {
    const run = RUN[vector.op];
    if (!run) throw new Error(`nobody runs ${vector.op}`);
    run(vector);
  });
});

describe('req_info', () => {
  const KEY = '192006250b4c09247ec02edce69f6a2d';

  it('opens whatever was sealed, with whatever key', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, key) => {
        expect(openReqInfo(sealRefundNotice(text, key), key).toString()).toBe(text);
      }),
    );
  });

  it('opens with a key whose MD5 begins with zeros', () => {
    // md5('363') is 00411460f7c92d2124a67ea0f4cb5f85, and of 32 digits.
    expect(openReqInfo(sealRefundNotice('<root></root>', '363'), '363').toString()).toBe('<root></root>');
    const cipher = createCipheriv('aes-256-ecb', '00411460f7c92d2124a67ea0f4cb5f85', null);
    expect(openReqInfo(cipher.update('x', 'utf8', 'base64') + cipher.final('base64'), '363').toString()).toBe('x');
  });

  it('opens with no other key', () => {
    const sealed = sealRefundNotice('<root><refund_id>1</refund_id></root>', KEY);
    for (const key of ['', KEY.toUpperCase(), `${KEY} `, '0'.repeat(32)])
      expect(() => readReqInfo(sealed, key), key).toThrow();
  });

  it.each(['', '=', '====', 'AAAA', 'not base64', `${sealRefundNotice('x', KEY)}\n`, ` ${sealRefundNotice('x', KEY)}`])(
    'is not %j',
    (text) => expect(() => openReqInfo(text, KEY)).toThrow(UnreadableRefundNotice),
  );

  it('holds fields of a `root`, and of no `xml`', () => {
    expect(() => readReqInfo(sealRefundNotice('<xml><refund_id>1</refund_id></xml>', KEY), KEY)).toThrow(UnreadableXml);
    expect(() => readReqInfo(sealRefundNotice('refund', KEY), KEY)).toThrow(UnreadableXml);
  });
});
