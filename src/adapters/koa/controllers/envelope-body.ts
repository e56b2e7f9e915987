import { z } from 'zod';

const base64 = z
  .string()
  .regex(
    /^[0-9A-Za-z+/]+={0,2}$/,
    'Base64, to the letter as WeChat gave it. A blank in it was a + that form encoding ate.',
  );

/** User data as `wx.getUserInfo` hands it over. */
export const envelopeBody = z
  .strictObject({
    encryptedData: base64,
    iv: base64.length(24, 'Base64 of 16 bytes.'),
    rawData: z.string().optional(),
    signature: z.string().optional(),
  })
  .refine(({ rawData, signature }) => (rawData === undefined) === (signature === undefined), {
    path: ['signature'],
    message: 'rawData and signature go together.',
  })
  .meta({ id: 'UserData', description: 'User data as `wx.getUserInfo` hands it over, to the letter.' });
