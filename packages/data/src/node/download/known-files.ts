/** A published file: where it lies and what its SHA-256 is. */
export interface KnownFile {
  /** Its name in the cache. */
  readonly name: string;
  /** Where it lies: mirrors, tried in turn. */
  readonly urls: readonly string[];
  readonly sha256: string;
}

/** The four files of MNIST, or of a set in its format. */
export interface MnistFiles {
  readonly trainImages: KnownFile;
  readonly trainLabels: KnownFile;
  readonly testImages: KnownFile;
  readonly testLabels: KnownFile;
}

/** CIFAR-10, binary version. @see https://www.cs.toronto.edu/~kriz/cifar.html; the hash is that of TensorFlow Datasets. */
export const cifar10File: KnownFile = {
  name: 'cifar-10-binary.tar.gz',
  urls: [
    'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    'https://storage.googleapis.com/s4tf-hosted-binaries/datasets/CIFAR10/cifar-10-binary.tar.gz',
  ],
  sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
};

/** CIFAR-100, binary version. @see https://www.cs.toronto.edu/~kriz/cifar.html; the hash is that of TensorFlow Datasets. */
export const cifar100File: KnownFile = {
  name: 'cifar-100-binary.tar.gz',
  urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
  sha256: '58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec',
};

/** One file of an MNIST-like set on all its mirrors; sets share file names, so the cache keeps them in folders. */
const idx =
  (set: string, mirrors: readonly string[]) =>
  (file: string, sha256: string): KnownFile => ({
    name: `${set}/${file}`,
    urls: mirrors.map((mirror) => mirror + file),
    sha256,
  });

const mnist = idx('mnist', [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
]);

/** MNIST. @see http://yann.lecun.com/exdb/mnist/; the hashes are those of TensorFlow Datasets. */
export const mnistFiles: MnistFiles = {
  trainImages: mnist('train-images-idx3-ubyte.gz', '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609'),
  trainLabels: mnist('train-labels-idx1-ubyte.gz', '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c'),
  testImages: mnist('t10k-images-idx3-ubyte.gz', '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6'),
  testLabels: mnist('t10k-labels-idx1-ubyte.gz', 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6'),
};

const fashion = idx('fashion-mnist', ['http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/']);

/** Fashion-MNIST. @see https://github.com/zalandoresearch/fashion-mnist; the hashes are those of TensorFlow Datasets. */
export const fashionMnistFiles: MnistFiles = {
  trainImages: fashion(
    'train-images-idx3-ubyte.gz',
    '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
  ),
  trainLabels: fashion(
    'train-labels-idx1-ubyte.gz',
    'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
  ),
  testImages: fashion('t10k-images-idx3-ubyte.gz', '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'),
  testLabels: fashion('t10k-labels-idx1-ubyte.gz', '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'),
};
