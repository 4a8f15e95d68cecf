import type { Batch } from '@diptych/core';
import { DiptychError } from '@diptych/formats/errors';
import type { DiptychErrorDetails } from '@diptych/formats/errors';
import type { Dataset } from '../dataset/dataset.ts';

/** What a data set says of itself. */
export type Description = Pick<Dataset, 'name' | 'length' | 'shape' | 'classes'>;

/** To a worker: a batch, please. */
export interface Request {
  id: number;
  indices: Uint32Array;
}

/** From a worker. The description comes first and unasked, with id -1. */
export interface Answer {
  id: number;
  description?: Description;
  batch?: Batch;
  failure?: Failure;
}

/** An error in a form that can be sent. */
export interface Failure {
  message: string;
  stack?: string;
  details?: DiptychErrorDetails;
}

export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message, stack } = error;
  if (!DiptychError.isInstance(error)) return { message, stack };
  if ('sentence' in error.details) return { message, stack, details: error.details };
  const { value, ...rest } = error.details;
  const sendable = ['string', 'number', 'boolean', 'undefined'].includes(typeof value) ? value : String(value);
  return { message, stack, details: { ...rest, value: sendable } };
}

/** The same kind of error with the same words, and the stack of the worker. */
export function fromFailure({ message, stack, details }: Failure): Error {
  const error = details ? new DiptychError(details) : new Error(message);
  error.message = message;
  if (stack) error.stack = stack;
  return error;
}
