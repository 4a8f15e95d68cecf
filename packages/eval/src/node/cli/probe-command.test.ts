import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digitSplits, encodePng, subset } from '@diptych/data';
import { writeNpz, writeSafetensors } from '@diptych/formats';
import type { Dataset } from '@diptych/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linearProbe } from '../../probes/linear/linear-probe.ts';
import { runProgram } from './run-program.ts';

const whole = digitSplits();
const data = {
  train: subset(whole.train, { to: 300 }),
  validation: subset(whole.validation, { to: 80 }),
  test: subset(whole.test, { to: 80 }),
};
const rowsOf = async (part: Dataset) => {
  const { x, label } = await part.batch(Uint32Array.from({ length: part.length }, (_, i) => i));
  return { rows: Float32Array.from(x), dims: 64, labels: label! };
};

describe('diptych-eval probe', () => {
  let folder: string;
  const at = (name: string) => join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'probe-'));
    for (const [name, part] of Object.entries(data)) {
      const { rows, labels } = await rowsOf(part);
      const count = labels.length;
      const arrays = { features: { shape: [count, 8, 8], data: rows }, labels: { shape: [count], data: labels } };
      writeFileSync(at(`${name}.npz`), writeNpz(arrays));
      writeFileSync(
        at(`${name}.safetensors`),
        writeSafetensors({
          features: { shape: [count, 64], dtype: 'float32', data: rows },
          labels: { shape: [count], dtype: 'int32', data: labels },
        }),
      );
      for (let i = 0; i < 60; i++) {
        const levels = Uint8ClampedArray.from(rows.subarray(i * 64, i * 64 + 64), (value) => (value + 1) * 127.5);
        mkdirSync(join(folder, `${name}-images`, String(labels[i])), { recursive: true });
        const png = encodePng({ width: 8, height: 8, channels: 1, data: levels });
        writeFileSync(join(folder, `${name}-images`, String(labels[i]), `${i}.png`), png);
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = async (...args: string[]) => {
    const [out, err]: [string[], string[]] = [[], []];
    const progress = () => ({ update() {}, stop() {} });
    const terminal = { out: (text: string) => out.push(text), err: (text: string) => err.push(text), progress };
    const code = await runProgram(['probe', ...args], terminal);
    return { code, out: out.join('\n'), err: err.join('\n') };
  };

  it('is linearProbe of what the files hold, npz and safetensors alike', async () => {
    const parts = {
      train: await rowsOf(data.train),
      validation: await rowsOf(data.validation),
      test: await rowsOf(data.test),
    };
    const expected = linearProbe(parts, { l2: [0.1, 0.01] });
    for (const type of ['npz', 'safetensors']) {
      const options = ['--validation', at(`validation.${type}`), '--l2', '0.1,0.01'];
      const { code, out, err } = await run(at(`train.${type}`), at(`test.${type}`), ...options);
      expect([code, err]).toEqual([0, '']);
      expect(out).toBe(
        `accuracy ${expected.testAccuracy.toFixed(4)} on 80 test rows (validation ${expected.validationAccuracy.toFixed(4)} on 80, ` +
          '300 training rows, 64 dims, 10 classes, protocol converged)',
      );
    }
  });

  it.each(['converged', 'ridge', 'knn', 'ddae'])(
    'knows protocol %s, holds rows out by seed and repeats it',
    async (name) => {
      const args = [
        at('train.npz'),
        at('test.npz'),
        '--protocol',
        name,
        '--held',
        '0.2',
        '--seed',
        '3',
        '--epochs',
        '300',
        '--json',
      ];
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      const record = JSON.parse(out) as Record<string, unknown>;
      expect(record).toMatchObject({
        package: '@diptych/eval',
        protocol: { name: name === 'knn' ? 'weighted-knn' : name },
        counts: { train: 240, validation: 60, test: 80 },
        inputs: {
          validation: { heldOut: 0.2, seed: 3 },
          train: { rows: 300, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
        },
      });
      expect(record.testAccuracy).toBeGreaterThan(0.3);
      expect((await run(...args)).out).toBe(out);
    },
  );

  it('writes the record to a file beside the line', async () => {
    const { code, out } = await run(at('train.npz'), at('test.npz'), '--protocol', 'ridge', '--json', at('out.json'));
    expect(code).toBe(0);
    expect(out).toMatch(/^accuracy 0\.\d{4} on 80 test rows/);
    expect(JSON.parse(readFileSync(at('out.json'), 'utf8'))).toMatchObject({ protocol: { name: 'ridge' } });
  });

  it('draws a page that holds the figures, the confusion matrix and the record, and loads nothing', async () => {
    const { code, out } = await run(at('train.npz'), at('test.npz'), '--protocol', 'knn', '--html', at('out.html'));
    expect(code).toBe(0);
    const page = readFileSync(at('out.html'), 'utf8');
    const accuracy = Number(/^accuracy (0\.\d{4})/.exec(out)![1]);
    expect(page).toContain(`<dd>${(100 * accuracy).toFixed(1)} %<small>of 80 rows`);
    expect(page).toContain('confusion matrix');
    expect(page).toContain('&quot;name&quot;: &quot;weighted-knn&quot;');
    expect(page).not.toMatch(/(?:src|href)="(?!data:)|url\(|@import|<script/);
  });

  it('probes the raw pixels of folders of images by class', async () => {
    const { code, out } = await run(at('train-images'), at('test-images'), '--protocol', 'knn', '--k', '3', '--json');
    expect(code).toBe(0);
    const record = JSON.parse(out) as { testAccuracy: number };
    expect(record).toMatchObject({ dims: 64, classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] });
    expect(record.testAccuracy).toBeGreaterThan(0.6);
  });

  it('tells in one line what is wrong, with exit code 1, and 2 for arguments that make no sense', async () => {
    const { rows } = await rowsOf(data.test);
    const broken = rows.slice().fill(NaN, 70, 71);
    const file = (name: string, shape: number[], values: Float32Array, labels: Int32Array) => {
      const arrays = { features: { shape, data: values }, labels: { shape: [labels.length], data: labels } };
      writeFileSync(at(name), writeNpz(arrays));
      return at(name);
    };
    const nan = file('nan.npz', [80, 64], broken, new Int32Array(80));
    const narrow = file('narrow.npz', [160, 32], rows, new Int32Array(160));
    const unequal = file('unequal.npz', [80, 64], rows, new Int32Array(79));
    const train = at('train.npz');
    const failures: [string[], RegExp][] = [
      [[train, nan], /^error: linearProbe: row 1 of test must be free of NaN/],
      [[train, narrow], /^error: linearProbe: test.dims must be 64, that of train, got 32/],
      [[train, unequal], /labels of .*unequal.npz must be of shape \[80\]/],
      [[train, at('missing.npz')], /missing.npz must be a file or folder/],
      [[train, train, '--features', 'x'], /has no array x, only features, labels/],
    ];
    for (const [args, message] of failures) {
      const { code, err, out } = await run(...args);
      expect([code, out]).toEqual([1, '']);
      expect(err).toMatch(message);
      expect(err.split('\n')).toHaveLength(1);
    }
    for (const args of [
      [train],
      [train, train, '--protocol', 'magic'],
      [train, train, '--held', '1'],
      [train, train, '--l2', 'a'],
    ]) {
      expect((await run(...args)).code).toBe(2);
    }
  });

  it('warns on standard error of classes that a part lacks', async () => {
    const { rows, labels } = await rowsOf(data.train);
    const others = labels.map((label) => (label === 4 ? 5 : label));
    const arrays = { features: { shape: [300, 64], data: rows }, labels: { shape: [300], data: others } };
    writeFileSync(at('no-four.npz'), writeNpz(arrays));
    const { code, err } = await run(at('no-four.npz'), at('test.npz'), '--protocol', 'ridge');
    expect(code).toBe(0);
    expect(err).toMatch(
      /warning: train has no rows of 1 of 10 classes \(4\): \d+ of 80 test rows cannot come out right/,
    );
  });
});
