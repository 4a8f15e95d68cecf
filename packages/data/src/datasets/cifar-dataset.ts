import { check, checkOptions, checkRule, FormatError, rules } from '@diptych/formats/errors';
import { arrayDataset } from '../dataset/array-dataset.ts';
import { classesRule, type Dataset } from '../dataset/dataset.ts';

const cifar10Classes = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** What a CIFAR set and its classes are called. */
export interface CifarDatasetOptions {
  /** What reports call it. */
  name?: string;
  /** Names of the classes. Default: the official ones. */
  classes?: readonly string[];
}

/** Which labels a CIFAR-100 set gets. */
export interface Cifar100DatasetOptions extends CifarDatasetOptions {
  /** Label with the 20 superclasses. Default false. */
  coarse?: boolean;
}

/**
 * CIFAR-10 from the official binary files (`data_batch_1.bin` .. `data_batch_5.bin`, or `test_batch.bin`): records of one label
 * byte and 3,072 levels, red, green and blue plane one after the other.
 *
 * **Shapes** images [32, 32, 3]. **Units** uint8. **Memory** one copy of the images.
 *
 * @throws DiptychError if a file is not whole records or holds a label that is no class.
 * @see Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html, "binary version"
 * @example
 * const train = cifar10Dataset(await Promise.all([1, 2, 3, 4, 5].map((i) => readFile(`data_batch_${i}.bin`))));
 */
export function cifar10Dataset(files: readonly Uint8Array[], options: CifarDatasetOptions = {}): Dataset {
  const { name = 'cifar10', classes = cifar10Classes } = checkOptions('cifar10Dataset', options, cifarRules);
  return fromRecords('cifar10Dataset', files, 1, 0, classes, name);
}

/**
 * CIFAR-100 from the official binary files (`train.bin`, `test.bin`): records of a coarse label (20 classes), a fine label
 * (100 classes) and 3,072 levels.
 *
 * **Shapes** images [32, 32, 3]. **Units** uint8. **Memory** one copy of the images.
 *
 * @throws DiptychError if a file is not whole records or holds a label that is no class.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html, "binary version"
 * @example
 * const test = cifar100Dataset([await readFile('test.bin')], { name: 'cifar100 test' });
 */
export function cifar100Dataset(files: readonly Uint8Array[], options: Cifar100DatasetOptions = {}): Dataset {
  const {
    name = 'cifar100',
    coarse = false,
    classes = cifar100Classes()[coarse ? 'coarse' : 'fine'],
  } = checkOptions('cifar100Dataset', options, { ...cifarRules, coarse: rules.flag });
  return fromRecords('cifar100Dataset', files, 2, coarse ? 0 : 1, classes, name);
}

const cifarRules = { name: rules.text, classes: classesRule };

const filesRule = rules.list({ words: 'the bytes of a file', holds: (value) => value instanceof Uint8Array });

const pixels = 32 * 32;

function fromRecords(
  where: string,
  files: readonly Uint8Array[],
  labelBytes: number,
  labelAt: number,
  classes: readonly string[],
  name: string,
): Dataset {
  const record = labelBytes + 3 * pixels;
  checkRule(where, 'files', filesRule, files);
  check(files.length > 0, where, 'files', 'at least one file', files.length);
  files.forEach((file, i) => {
    const whole = file.length > 0 && file.length % record === 0;
    if (!whole) {
      throw new FormatError(
        where,
        `file ${i} of ${name} is not whole records of ${record} bytes: it has ${file.length}`,
      );
    }
  });
  const count = files.reduce((sum, file) => sum + file.length / record, 0);
  const x = new Uint8Array(count * 3 * pixels);
  const label = new Uint8Array(count);
  let image = 0;
  for (const file of files) {
    for (let at = 0; at < file.length; at += record, image++) {
      label[image] = file[at + labelAt];
      for (let p = 0; p < pixels; p++) {
        for (let c = 0; c < 3; c++) x[(image * pixels + p) * 3 + c] = file[at + labelBytes + c * pixels + p];
      }
    }
  }
  return arrayDataset({ x, shape: [32, 32, 3], label, classes, name });
}

const fine = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can castle caterpillar
  cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl
  hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom
  oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road
  rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank
  telephone television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm`;

const coarse = `
  aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices household_furniture insects
  large_carnivores large_man-made_outdoor_things large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals
  non-insect_invertebrates people reptiles small_mammals trees vehicles_1 vehicles_2`;

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/**
 * Names of CIFAR-100's classes in the order of the labels, as in `fine_label_names.txt` and `coarse_label_names.txt` of the
 * official archive.
 *
 * @see Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html
 * @example
 * cifar100Classes().coarse[1]; // 'fish'
 */
export function cifar100Classes(): { fine: readonly string[]; coarse: readonly string[] } {
  return { fine: words(fine), coarse: words(coarse) };
}
