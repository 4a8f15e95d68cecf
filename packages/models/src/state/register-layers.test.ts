import { blockCases } from '@diptych/test-utils/models';
import { onEachBackend, tensorOf } from '@diptych/test-utils/ops';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Attention } from '../blocks/attention/attention.ts';
import { LayerNorm } from '../blocks/norm/layer-norm.ts';
import { Linear } from '../blocks/mlp/linear.ts';
import { PatchEmbedding } from '../blocks/embedding/patch-embedding.ts';
import { Pool } from '../blocks/attention/pool.ts';
import { TransformerBlock } from '../blocks/attention/transformer-block.ts';
import { registerLayers } from './register-layers.ts';
import { Edm2UNet } from '../networks/edm2/edm2-unet.ts';
import { unetPresets } from '../networks/unet/unet-presets.ts';
import { UNet } from '../networks/unet/unet.ts';
import { UViT } from '../networks/uvit/uvit.ts';

/** Saves a model to memory and loads it again, as `indexeddb://` or a file would. */
async function throughTfjs(model: tfl.LayersModel): Promise<tfl.LayersModel> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = JSON.parse(JSON.stringify({ ...saved, weightData: undefined })) as tf.io.ModelArtifacts;
      artifacts.weightData = saved.weightData;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return tfl.loadLayersModel(tf.io.fromMemory(artifacts!));
}

onEachBackend('tfjs models of our layers', () => {
  beforeEach(() => {
    registerLayers();
    tf.engine().startScope();
    return () => tf.engine().endScope();
  });
  afterEach(() => tf.engine().disposeVariables());

  it('blocks work inside tf.sequential, which saves and loads them', async () => {
    const model = tfl.sequential({
      layers: [
        new PatchEmbedding({ image: [8, 8, 1], patch: 4, width: 8, inputShape: [8, 8, 1], seed: 3 }),
        new TransformerBlock({ width: 8, heads: 2, seed: 4 }),
        new LayerNorm({ width: 8 }),
        new Attention({ width: 8, heads: 2, seed: 5 }),
        new Pool(),
        tfl.layers.dense({ units: 3 }),
        new Linear({ inputs: 3, outputs: 2, seed: 6 }),
      ],
    });
    expect(model.outputShape).toEqual([null, 2]);
    const x = tensorOf([2, 8, 8, 1]);
    const expected = (model.predict(x) as tf.Tensor).dataSync();
    const again = await throughTfjs(model);
    expect((again.predict(x) as tf.Tensor).dataSync()).toEqual(expected);
  });

  it.each(blockCases.map((of) => [of.name, of] as const))(
    '%s works inside tf.model, which saves and loads it to the same bits',
    async (_, { make, inputs }) => {
      const block = make();
      Object.values(block.variables()).forEach((v, i) => v.assign(tensorOf(v.shape, i + 1, { scale: 0.5 })));
      const values = inputs();
      const symbols = values.map(({ shape, dtype }) =>
        tfl.input({ shape: shape.length > 1 ? shape.slice(1) : [1], dtype }),
      );
      const outputs = block.apply(symbols.length === 1 ? symbols[0] : symbols) as tfl.SymbolicTensor;
      const model = tfl.model({ inputs: symbols, outputs });
      const expected = (block.forward(...values) as tf.Tensor).dataSync();
      expect((model.predict(values) as tf.Tensor).dataSync()).toEqual(expected);
      const again = await throughTfjs(model);
      expect((again.predict(values) as tf.Tensor).dataSync()).toEqual(expected);
    },
  );

  it('a network works inside tf.model with its conditions as inputs, and survives saving, wherever it was built', async () => {
    for (const builtBefore of [false, true]) {
      const options = {
        image: [8, 8, 1] as const,
        patch: 2,
        width: 8,
        depth: 2,
        heads: 2,
        classes: 3,
        selfConditioning: { after: 'mid', zeroInit: false },
      };
      const network = new UViT({
        ...options,
        seed: 7,
        selfConditioning: { ...options.selfConditioning, scale: 'scalar' },
      });
      const values = [tensorOf([2, 8, 8, 1], 1), tensorOf([2], 2), tf.tensor1d([0, 2], 'int32')] as const;
      const [x, noise, label] = values as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D];
      if (builtBefore) network.forward({ x, noise, label });
      const inputs = [
        tfl.input({ shape: [8, 8, 1] }),
        tfl.input({ shape: [1] }),
        tfl.input({ shape: [1], dtype: 'int32' }),
      ];
      const model = tfl.model({ inputs, outputs: network.apply(inputs) as tfl.SymbolicTensor });
      const expected = network.forward({ x, noise, label }).output.dataSync();
      expect((model.predict([...values]) as tf.Tensor).dataSync()).toEqual(expected);
      expect(model.countParams()).toBe(network.countParams());
      const again = await throughTfjs(model);
      expect((again.predict([...values]) as tf.Tensor).dataSync()).toEqual(expected);
      const loaded = again.layers.find((layer) => layer instanceof UViT)!;
      expect(Object.keys(loaded.variables())).toEqual(Object.keys(network.variables()));
    }
  });

  const frame = { image: [4, 4, 2], width: 8, multipliers: [1, 2], blocks: 1, attention: [2], classes: 3 } as const;
  it.each([
    [
      'UNet',
      () =>
        new UNet({ ...unetPresets['edm-adm'], ...frame, headChannels: 4, augmentation: true, selfConditioning: {} }),
    ],
    ['SongUNet', () => new UNet({ ...unetPresets['edm-ncsnpp'], ...frame, frequencies: 16, decoder: 'skip', seed: 2 })],
    ['Edm2UNet', () => new Edm2UNet({ ...frame, headChannels: 4, logvarChannels: 4, selfConditioning: {} })],
  ] as const)('a whole %s works inside tf.model, which saves and loads it to the same bits', async (_, make) => {
    const network = make();
    Object.values(network.variables()).forEach((v, i) => v.assign(tf.add(v, tensorOf(v.shape, i + 1, { scale: 0.3 }))));
    const augmented = Boolean('augmentation' in network.config && network.config.augmentation);
    const values = [
      tensorOf([2, 4, 4, 2], 1),
      tensorOf([2], 2),
      tf.tensor1d([0, 2], 'int32'),
      tensorOf([2, 9], 3),
    ].slice(0, augmented ? 4 : 3);
    const [x, noise, label, augmentation] = values as unknown as [tf.Tensor4D, tf.Tensor1D, tf.Tensor1D, tf.Tensor2D?];
    const inputs = [
      tfl.input({ shape: [4, 4, 2] }),
      tfl.input({ shape: [1] }),
      tfl.input({ shape: [1], dtype: 'int32' }),
      ...(augmented ? [tfl.input({ shape: [9] })] : []),
    ];
    const model = tfl.model({ inputs, outputs: network.apply(inputs) as tfl.SymbolicTensor });
    const expected = network.forward({ x, noise, label, ...(augmentation && { augmentation }) }).output.dataSync();
    expect((model.predict(values) as tf.Tensor).dataSync()).toEqual(expected);
    expect(((await throughTfjs(model)).predict(values) as tf.Tensor).dataSync()).toEqual(expected);
  });

  it('model.fit trains a network', async () => {
    const network = new UViT({ image: [4, 4, 1], patch: 2, width: 8, depth: 0, heads: 1, classes: 2 });
    const inputs = [
      tfl.input({ shape: [4, 4, 1] }),
      tfl.input({ shape: [1] }),
      tfl.input({ shape: [1], dtype: 'int32' }),
    ];
    const model = tfl.model({ inputs, outputs: network.apply(inputs) as tfl.SymbolicTensor });
    model.compile({ optimizer: tf.train.adam(0.01), loss: 'meanSquaredError' });
    const values = [tensorOf([4, 4, 4, 1], 1), tensorOf([4], 2), tf.tensor1d([0, 1, 0, 1], 'int32')];
    const { history } = await model.fit(values, tensorOf([4, 4, 4, 1], 3), { epochs: 25, verbose: 0 });
    expect(history.loss.at(-1)).toBeLessThan(0.5 * (history.loss[0] as number));
  });
});
