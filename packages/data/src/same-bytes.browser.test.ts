import { key } from '@diptych/core';
import { gunzip } from '@diptych/formats';
import { describe, expect, it } from 'vitest';
import { decodePng } from './images/index.ts';
import { batches, contactSheet, digits, edmAugmentation, encodePng, signedToBytes } from './index.ts';

const sha256 = async (bytes: ArrayLike<number>) => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
};

describe('in a browser, as in Node', () => {
  it('the digits are the bytes of the source', async () => {
    const { x } = await digits().batch(Uint32Array.from({ length: 1797 }, (_, i) => i));
    expect(await sha256(Array.from(x, (pixel) => (pixel + 1) * 8))).toBe(
      '8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3',
    );
  });

  it('a step of a shuffled stream is the same batch', async () => {
    const { index } = await batches(digits(), { batchSize: 8, key: key(3) }).at(1000);
    expect(Array.from(index!)).toEqual([71, 796, 934, 1607, 1731, 518, 96, 1720]);
  });

  it('a contact sheet has the same pixels, and a PNG of it gives them back', async () => {
    const sheet = contactSheet(await digits().batch([0, 1, 2]), { captions: ['a', 'b', 'σ'], title: 'three' });
    expect(await sha256(sheet.data)).toBe('99d1a7ab18c7bdcd8d4fcc6d2bfbac3a839659d689cd09760dc42b301d3b9d6b');
    expect(decodePng(encodePng(sheet))).toEqual(sheet);
    expect(() => new ImageData(sheet.data, sheet.width, sheet.height)).not.toThrow();
  });

  it('augmentation draws the same images, to the level', async () => {
    const { x } = edmAugmentation({ probability: 1 }).apply(await digits().batch([0, 1, 2, 3]), key(4));
    expect(await sha256(signedToBytes(x))).toBe('2bab03a971c7e8e8cc3229db6ba42088b2b19f871e8e2a175bbda3b925bfbaa4');
  });

  it('gzip files unpack', async () => {
    const packed = new Response(new Blob(['hello']).stream().pipeThrough(new CompressionStream('gzip')));
    expect(new TextDecoder().decode(await gunzip(new Uint8Array(await packed.arrayBuffer())))).toBe('hello');
  });
});
