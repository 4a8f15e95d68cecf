import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, type HostTensors } from '@diptych/formats';
import { fixturesFolder } from '../fixtures/index.ts';

/** One official network with weights, inputs, outputs, taps and gradients (see README.md of the fixtures). */
export interface OfficialCase {
  name: string;
  arch: string;
  /** Where it comes from, and which constants of the source were changed for it. */
  meta: { edited_constants?: string };
  config: Record<string, unknown>;
  /** Arguments of the call, such as the guidance scale. */
  call: Record<string, unknown>;
  /** Shapes of the outputs by name. */
  expected: Record<string, number[]>;
  /** Shapes of the taps by `tap.<official module>`. */
  taps: Record<string, number[]>;
  /** `full`, or a summary of large gradients. */
  grads: string;
  loss: string;
  /** Inputs of which there are gradients, as `input.x`. */
  grad_inputs: string[];
  no_grad: string[];
  zero_grad: string[];
  /** Which constants of the official code were edited to get a small network. */
  variant?: string;
  weights: HostTensors;
  io: HostTensors;
  gradients: HostTensors;
}

/** What decides the network of a case. */
export type OfficialConfiguration = Pick<OfficialCase, 'arch' | 'config' | 'call' | 'variant'>;

/** Names of all official cases, found by listing the folder. */
export function officialCaseNames(): string[] {
  const folder = fixturesFolder('models');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'weights.safetensors')))
    .sort();
}

/** Reads one official case. */
export function officialCase(name: string): OfficialCase {
  const folder = join(fixturesFolder('models'), name);
  const tensors = (file: string) => readSafetensors(readFileSync(join(folder, `${file}.safetensors`))).tensors;
  const about = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as OfficialCase;
  return { ...about, weights: tensors('weights'), io: tensors('io'), gradients: tensors('grads') };
}
