import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { merchantFiles } from '../../src/simulator/merchant-files.ts';
import { MCHID } from './shop.ts';
import { V3_KEY } from './shop-v3.ts';

const made = () => {
  const parent = mkdtempSync(join(tmpdir(), 'wexagon-test-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, 'simulator');
  return { folder, first: merchantFiles(folder, MCHID, V3_KEY) };
};

describe('the files of a simulated merchant', () => {
  it('fit together, and nobody else may read them', () => {
    const { files, v3 } = made().first;
    const certificate = new X509Certificate(readFileSync(files.certificate));
    expect(certificate.checkPrivateKey(createPrivateKey(readFileSync(files.key)))).toBe(true);
    expect(certificate.toString()).toBe(v3.certificate);
    const publicKey = createPublicKey(readFileSync(files.publicKey));
    expect(publicKey.equals(createPublicKey(v3.publicKey?.privateKey ?? ''))).toBe(true);
    expect(v3.publicKey?.id).toMatch(/^PUB_KEY_ID_\d+$/);
    for (const file of Object.values(files)) expect(statSync(file).mode & 0o077).toBe(0);
  });

  it('are the same when the simulator is started again', () => {
    const { folder, first } = made();
    expect(merchantFiles(folder, MCHID, V3_KEY)).toEqual(first);
  });
});
