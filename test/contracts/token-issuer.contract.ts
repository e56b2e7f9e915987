import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { TokenIssuer } from '../../src/domain/session/token-issuer.ts';

const PRINTABLE = Array.from({ length: 94 }, (_, place) => String.fromCharCode(0x21 + place));

/** What TokenIssuer promises, a case for every sentence. */
export function tokenIssuerContract(open: () => TokenIssuer): void {
  it('Never issues the same token twice', () => {
    const tokens = open();
    const issued = Array.from({ length: 10_000 }, () => tokens.issue());
    expect(new Set(issued.map(({ token }) => token)).size).toBe(10_000);
    expect(new Set(issued.map(({ digest }) => digest)).size).toBe(10_000);
  });

  it('Answers the digest that the token was issued with', () => {
    const tokens = open();
    for (let round = 0; round < 100; round += 1) {
      const { token, digest } = tokens.issue();
      expect(tokens.recognise(token)).toBe(digest);
      expect(digest).not.toContain(token);
    }
  });

  it('Answers undefined for a token with any one character changed, left out or added', () => {
    const tokens = open();
    const { token } = tokens.issue();
    for (let place = 0; place <= token.length; place += 1) {
      const [before, at, after] = [token.slice(0, place), token[place], token.slice(place + 1)];
      if (at !== undefined) expect(tokens.recognise(before + after)).toBeUndefined();
      for (const other of PRINTABLE) {
        if (at !== undefined && other !== at) expect(tokens.recognise(before + other + after)).toBeUndefined();
        expect(tokens.recognise(before + other + token.slice(place))).toBeUndefined();
      }
    }
  });

  it('Answers undefined for a text that was never a token', () => {
    const tokens = open();
    expect(tokens.recognise('')).toBeUndefined();
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => tokens.recognise(text) === undefined),
    );
  });
}
