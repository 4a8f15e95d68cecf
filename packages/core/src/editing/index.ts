/** Sampling that starts from images: encoding, inpainting, image to image, interpolation. */

export { encode, type EncodeOptions } from './encode.ts';
export { imageToImage, type ImageToImageOptions } from './image-to-image.ts';
export { inpaint, type InpaintOptions } from './inpaint.ts';
export { lerp } from './lerp.ts';
export { slerp } from './slerp.ts';
