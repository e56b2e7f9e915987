import { describe, expect, it } from 'vitest';
import { columns } from '../../src/main/commands/columns.ts';

describe('columns', () => {
  it('stand below each other, where a Chinese character takes two places', () => {
    const text = columns([
      ['rows', '5'],
      ['退款总金额', '0.00'],
      ['充值券退款总金额', '1234.00'],
    ]);
    expect(text.split('\n')).toEqual([
      'rows                    5',
      '退款总金额           0.00',
      '充值券退款总金额  1234.00',
    ]);
  });
});
