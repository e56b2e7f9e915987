import type { Secret } from '../../../domain/secret.ts';
import { openAead, type SealedV3, UnreadableAead } from '../protocol/aead.ts';
import { textIn, type V3Fields } from './v3-fields.ts';

/** What WeChat sealed with the APIv3 key; undefined for what says that it is sealed in another way, or not at all. */
export function sealedIn(fields: V3Fields): SealedV3 | undefined {
  const [nonce, ciphertext] = [textIn(fields, 'nonce'), textIn(fields, 'ciphertext')];
  if (textIn(fields, 'algorithm') !== 'AEAD_AES_256_GCM' || !nonce || !ciphertext) return undefined;
  return { nonce, associated_data: textIn(fields, 'associated_data') ?? '', ciphertext };
}

/** Undefined for what is not sealed with this key. */
export function openSealed(sealed: SealedV3, key: Secret): Buffer | undefined {
  try {
    return openAead(key.reveal(), sealed);
  } catch (error) {
    if (error instanceof UnreadableAead) return undefined;
    throw error;
  }
}
