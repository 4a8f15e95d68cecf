import * as tf from '@tensorflow/tfjs-core';
import { noise } from './net.ts';

export type Weights = Record<string, tf.Variable<tf.Rank.R1> & tf.Variable<tf.Rank.R2> & tf.Variable<tf.Rank.R4>>;

/** Makes the weights of a network that is written as a function. */
export class WeightMaker {
  readonly weights: Weights = {};

  random(name: string, shape: number[], std = 0.02): void {
    this.#put(name, noise(shape, 1 + Object.keys(this.weights).length, std));
  }

  dense(name: string, inputs: number, outputs: number, { bias = true }: { bias?: boolean } = {}): void {
    this.random(`${name}.kernel`, [inputs, outputs]);
    if (bias) this.#put(`${name}.bias`, tf.zeros([outputs]));
  }

  conv(name: string, side: number, inputs: number, outputs: number): void {
    this.random(`${name}.kernel`, [side, side, inputs, outputs]);
    this.#put(`${name}.bias`, tf.zeros([outputs]));
  }

  norm(name: string, width: number): void {
    this.#put(`${name}.gamma`, tf.ones([width]));
    this.#put(`${name}.beta`, tf.zeros([width]));
  }

  #put(name: string, value: tf.Tensor): void {
    this.weights[name] = tf.variable(value) as Weights[string];
    value.dispose();
  }
}
