import { check } from '@diptych/formats/errors';
import { GatedMlp } from '../../blocks/mlp/gated-mlp.ts';
import { Mlp } from '../../blocks/mlp/mlp.ts';
import { SwiGlu } from '../../blocks/mlp/swi-glu.ts';

/** The MLPs of a DiT block by name, each of a width and the hidden width of an ungated one. */
const mlps = {
  gelu: (width, hidden) => new Mlp({ width, hidden, activation: 'geluTanh' }),
  geluExact: (width, hidden) => new Mlp({ width, hidden, activation: 'gelu' }),
  quickGelu: (width, hidden) => new Mlp({ width, hidden, activation: 'quickGelu' }),
  silu: (width, hidden) => new Mlp({ width, hidden, activation: 'silu' }),
  swiGlu: (width, hidden) => new SwiGlu({ width, hidden: Math.floor((2 / 3) * hidden) }),
  gatedGelu: (width, hidden) => new GatedMlp({ width, hidden, activation: 'gelu' }),
  gatedSilu: (width, hidden) => new GatedMlp({ width, hidden, activation: 'silu' }),
} as const satisfies Record<string, (width: number, hidden: number) => Mlp | SwiGlu | GatedMlp>;

/** What `DiTStyle.mlp` may be. */
export type DiTMlp = keyof typeof mlps;

/** The MLP of a DiT block. */
export function ditMlp(kind: DiTMlp, width: number, hidden: number): Mlp | SwiGlu | GatedMlp {
  check(Object.hasOwn(mlps, kind), 'DiTBlock', 'mlp', `one of ${Object.keys(mlps).join(', ')}`, kind);
  return mlps[kind](width, hidden);
}
