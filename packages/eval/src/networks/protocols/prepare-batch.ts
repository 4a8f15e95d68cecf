import type { Batch } from '@diptych/core';
import { signedToBytes } from '@diptych/data';
import { checkBatch } from '@diptych/data/dataset';
import { checkIn, checkRule } from '@diptych/formats/errors';
import { evalRules } from '../../features/eval-rules.ts';
import type { Protocol } from './protocols.ts';

/**
 * Images as the input of a network, by a protocol. Pixels in [-1, 1] are rounded to 8-bit levels first, since these distances
 * were defined on stored images; gray images get three equal channels.
 *
 * **Shapes** images [B, H, W, 1 or 3]; result [B, size[0], size[1], 3].
 *
 * @throws DiptychError if a batch is not sound or has other than 1 or 3 channels.
 * @example
 * const input = prepareBatch(clean, { x: levels, shape: [8, 32, 32, 3] });
 */
export function prepareBatch(protocol: Protocol, images: Batch): Float32Array {
  checkRule('prepareBatch', 'protocol', evalRules.protocol, protocol);
  checkRule('prepareBatch', 'images', evalRules.batch, images);
  const where = `prepareBatch (${protocol.name})`;
  checkBatch(images, { where });
  const [count, height, width, channels] = images.shape;
  checkIn(where, { 'channels of images': channels }, [1, 3]);
  const levels = images.x instanceof Uint8Array ? images.x : signedToBytes(images.x);
  const pixels = height * width;
  const length = protocol.size[0] * protocol.size[1] * 3;
  const input = new Float32Array(count * length);
  for (let i = 0; i < count; i++) {
    const image = levels.subarray(i * pixels * channels, (i + 1) * pixels * channels);
    const color = channels === 3 ? image : Uint8Array.from({ length: pixels * 3 }, (_, at) => image[(at / 3) | 0]);
    input.set(protocol.prepare(color, [height, width, 3]), i * length);
  }
  return input;
}
