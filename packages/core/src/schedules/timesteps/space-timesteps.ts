import { check, checkCount, checkIntegerIn, rules } from '@diptych/formats/errors';
import { roundHalfEven } from '../../numeric/round-half-even.ts';

/**
 * Which timesteps of a chain of T a shorter chain keeps, in ascending order.
 *
 * A list of counts cuts the chain into as many equal sections and takes that many evenly spaced steps from each, its first
 * and last included. "ddimN" takes the stride of the DDIM paper, with which exactly N remain.
 *
 * @throws DiptychError if a section has fewer steps than are asked for, or no stride leaves N
 * @see Nichol and Dhariwal 2021, section 4, and its published code, arXiv:2102.09672
 * @example
 * spaceTimesteps([10, 15, 20], 300);
 */
export function spaceTimesteps(sections: readonly number[] | `ddim${number}`, T = 1000): number[] {
  checkCount('spaceTimesteps', { T });
  if (typeof sections === 'string') {
    const wanted = Number(sections.replace('ddim', ''));
    const stride = Array.from({ length: T }, (_, i) => i + 1).find((stride) => Math.ceil(T / stride) === wanted);
    check(
      stride && /^ddim\d+$/.test(sections),
      'spaceTimesteps',
      'sections',
      `"ddimN" with an N that a stride leaves of ${T}`,
      sections,
    );
    return Array.from({ length: wanted }, (_, i) => i * stride);
  }
  check(
    rules.array.holds(sections) && sections.length > 0,
    'spaceTimesteps',
    'sections',
    'one count at least',
    sections,
  );
  let start = 0;
  return sections.flatMap((count, i) => {
    const size = Math.floor(T / sections.length) + (i < T % sections.length ? 1 : 0);
    checkIntegerIn('spaceTimesteps', { [`sections[${i}]`]: count }, [1, size]);
    const stride = count > 1 ? (size - 1) / (count - 1) : 1;
    const steps: number[] = [];
    // The stride is accumulated, as the published chains were made: their halves fall as its rounding does.
    for (let at = 0; steps.length < count; at += stride) steps.push(start + roundHalfEven(at));
    start += size;
    return steps;
  });
}
