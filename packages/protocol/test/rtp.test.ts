import { describe, expect, it } from 'vitest';
import { dtlsParameters, rtpCapabilities, rtpParameters, transportOptions } from '../src/rtp.ts';

const opus = {
  mimeType: 'audio/opus',
  payloadType: 111,
  clockRate: 48_000,
  channels: 2,
  parameters: { useinbandfec: 1 },
};
const vp8 = { mimeType: 'video/VP8', payloadType: 96, clockRate: 90_000 };
const rtx = { mimeType: 'video/rtx', payloadType: 97, clockRate: 90_000, parameters: { apt: 96 } };

describe('rtpParameters', () => {
  const good = {
    mid: '0',
    codecs: [vp8, rtx],
    headerExtensions: [{ uri: 'urn:ietf:params:rtp-hdrext:sdes:mid', id: 4 }],
    encodings: [{ rid: 'r0', scalabilityMode: 'L1T3', maxBitrate: 150_000 }],
    rtcp: { cname: 'x', reducedSize: true },
  };

  it('takes what a browser sends for sound and for simulcast', () => {
    expect(rtpParameters.safeParse(good).success).toBe(true);
    expect(rtpParameters.safeParse({ codecs: [opus], encodings: [{ ssrc: 1, dtx: true }] }).success).toBe(true);
  });

  it.each([
    ['H.264', { codecs: [{ ...vp8, mimeType: 'video/H264' }] }],
    ['AV1', { codecs: [{ ...vp8, mimeType: 'video/AV1' }] }],
    ['no codec', { codecs: [] }],
    ['five codecs', { codecs: [vp8, vp8, vp8, vp8, vp8] }],
    ['four encodings', { encodings: [{}, {}, {}, {}] }],
    ['17 extensions', { headerExtensions: Array.from({ length: 17 }, () => ({ uri: 'urn:x', id: 1 })) }],
    ['an extension that is no URI', { headerExtensions: [{ uri: 'a b\n', id: 1 }] }],
    ['a payload type of 128', { codecs: [{ ...vp8, payloadType: 128 }] }],
    ['an SSRC over 32 bits', { encodings: [{ ssrc: 2 ** 32 }] }],
    ['an infinite scale', { encodings: [{ scaleResolutionDownBy: Number.POSITIVE_INFINITY }] }],
    ['a nested parameter', { codecs: [{ ...vp8, parameters: { a: { b: 1 } } }] }],
    [
      '21 parameters',
      { codecs: [{ ...vp8, parameters: Object.fromEntries(Array.from({ length: 21 }, (_, i) => [i, 1])) }] },
    ],
    ['a long cname', { rtcp: { cname: 'x'.repeat(65) } }],
    ['an unknown field', { simulcast: true }],
  ])('refuses %s', (_, change) => {
    expect(rtpParameters.safeParse({ ...good, ...change }).success).toBe(false);
  });
});

describe('rtpCapabilities', () => {
  it('drops codecs that a visit has no use for', () => {
    const codecs = ['video/VP8', 'video/H264', 'video/AV1', 'video/rtx'].map((mimeType) => ({
      kind: 'video',
      mimeType,
      clockRate: 90_000,
    }));
    expect(rtpCapabilities.parse({ codecs }).codecs?.map(({ mimeType }) => mimeType)).toEqual([
      'video/VP8',
      'video/rtx',
    ]);
  });
});

describe('dtlsParameters', () => {
  const fingerprint = { algorithm: 'sha-256', value: Array.from({ length: 32 }, () => 'AB').join(':') };

  it.each([
    ['no fingerprint', []],
    ['a broken hash', [{ ...fingerprint, algorithm: 'sha-1' }]],
    ['a value that is none', [{ ...fingerprint, value: 'AB' }]],
    ['text around it', [{ ...fingerprint, value: `${fingerprint.value}\r\na=x` }]],
  ])('refuses %s', (_, fingerprints) => {
    expect(dtlsParameters.safeParse({ fingerprints: [fingerprint] }).success).toBe(true);
    expect(dtlsParameters.safeParse({ fingerprints }).success).toBe(false);
  });
});

describe('transportOptions', () => {
  it('takes no key of the server', () => {
    const options = {
      id: '0b45ae9c-6ba0-4b5e-8bd5-bd8fb8a8ac0b',
      iceParameters: { usernameFragment: 'u', password: 'p', iceLite: true },
      iceCandidates: [],
      dtlsParameters: { fingerprints: [{ algorithm: 'sha-256', value: 'AB:CD' }] },
    };
    expect(transportOptions.safeParse(options).success).toBe(true);
    expect(transportOptions.safeParse({ ...options, sctpParameters: {} }).success).toBe(false);
  });
});
