/** One `-----BEGIN …-----` to its `-----END …-----`. */
export interface PemBlock {
  /** `CERTIFICATE`, `PRIVATE KEY`, `RSA PRIVATE KEY`, `ENCRYPTED PRIVATE KEY` … */
  readonly label: string;
  readonly text: string;
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----[\s\S]*?-----END \1-----/g;

/** The blocks of a PEM file; what stands around them is nobody's business. */
export const pemBlocks = (file: string): PemBlock[] =>
  Array.from(file.matchAll(BLOCK), ([text, label]) => ({ label: label!, text }));

export const isPrivateKey = ({ label }: PemBlock): boolean => /(?:^| )PRIVATE KEY$/.test(label);

/** With a password, in the new way or the old one. */
export const isEncrypted = ({ label, text }: PemBlock): boolean =>
  label === 'ENCRYPTED PRIVATE KEY' || /^Proc-Type: 4,ENCRYPTED/m.test(text);

/** The version of a PKCS#12 file, which stands in its first bytes, whatever became of the others on being read as text. */
const PKCS12 = '\u0002\u0001\u0003';

export const isPkcs12 = (file: string): boolean => file.startsWith('0') && file.slice(0, 10).includes(PKCS12);
