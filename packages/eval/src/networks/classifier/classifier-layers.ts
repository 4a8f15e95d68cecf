/** Shapes of the weights of a small classifier, in their order. Kernels are [height, width, in, out]. */
export type ClassifierShapes = Readonly<Record<string, readonly number[]>>;

/** What a classifier is for. */
export interface ClassifierSizes {
  /** [H, W, C] of the images, sides from 8 to 64. */
  image: readonly [number, number, number];
  classes: number;
  /** Channels of the first convolution; later ones have up to four times as many. */
  width: number;
  /** Numbers per image. */
  features: number;
}

/** How many times the picture is halved: until its longer side is at most 4. */
export function halvings({ image: [height, width] }: ClassifierSizes): number {
  return Math.ceil(Math.log2(Math.max(height, width) / 4));
}

/** A convolution of the picture, one for every halving, a dense layer to the features and one to the classes. */
export function classifierShapes(sizes: ClassifierSizes): ClassifierShapes {
  const { image, classes, width, features } = sizes;
  const count = halvings(sizes);
  const shapes: Record<string, readonly number[]> = {};
  let [height, breadth, channels] = image;
  const add = (name: string, shape: readonly number[]) => {
    shapes[`${name}.kernel`] = shape;
    shapes[`${name}.bias`] = [shape[shape.length - 1]];
  };
  for (let i = 0; i <= count; i++) {
    const out = width * Math.min(4, 2 ** i);
    add(`conv${i}`, [3, 3, channels, out]);
    channels = out;
    if (i > 0) [height, breadth] = [Math.ceil(height / 2), Math.ceil(breadth / 2)];
  }
  add('features', [height * breadth * channels, features]);
  add('head', [features, classes]);
  return shapes;
}
