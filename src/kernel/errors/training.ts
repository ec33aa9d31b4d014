import type { ErrorEntry } from './index.ts'

export const trainingErrors = {
  PYTHON_MISSING: {
    status: 422,
    title: 'No usable Python',
    hint: 'Install Python 3.10 or newer with venv, or use the logistic trainer, which needs none.',
  },
  ENVIRONMENT_FAILED: {
    status: 422,
    title: 'The Python environment cannot be built',
    hint: 'Check the network and the lock file; builds are checked by hash.',
  },
  TRAINER_FAILED: {
    status: 422,
    title: 'The trainer failed',
    hint: 'Read the end of its log: fettle logs RUN STEP.',
  },
  TRAINER_OUTPUT_INVALID: {
    status: 422,
    title: 'The trainer did not follow the contract',
    hint: 'See docs/trainers.md for what a trainer writes.',
  },
  PARITY_FAILED: {
    status: 422,
    title: 'The exported model does not equal the trained one',
    hint: 'The model is not registered; look at the rows in the details.',
  },
  SIGNATURE_MISMATCH: {
    status: 422,
    title: 'The model does not fit its signature',
    hint: 'Train on the columns that the training set declares.',
  },
  SCORER_MISSING: {
    status: 500,
    title: 'The scorer of this model is not installed',
    hint: 'Install the optional package onnxruntime-node, or serve a model with trees.json or linear.json.',
  },
  MODEL_UNREADABLE: {
    status: 422,
    title: 'The model folder cannot be read',
    hint: 'Register the model again; see docs/trainers.md for the files a format needs.',
  },
  MISSING_COVER: {
    status: 422,
    title: 'The trees carry no cover counts',
    hint: 'Export the model with training counts; without them no path-dependent explanation exists.',
  },
  MISSING_BACKGROUND: {
    status: 422,
    title: 'The model has no background rows',
    hint: 'Train it again: a sample of the training set is then kept beside the model.',
  },
  TOO_LARGE: {
    status: 422,
    title: 'The model is too large to explain in time',
    hint: 'Explain it with fewer background rows, or train fewer or smaller trees.',
  },
  ADDITIVITY_BROKEN: {
    status: 500,
    title: 'Contributions do not add up to the score',
    hint: 'The explanation is withheld; please report it with the model version.',
  },
  NOT_BINARY: {
    status: 422,
    title: 'A label is neither 0 nor 1',
    hint: 'Labels of a binary task are false/true or 0/1.',
  },
  NOT_A_NUMBER: {
    status: 422,
    title: 'A score is not a number',
    hint: 'Look for infinite or missing inputs of the model.',
  },
  NOT_A_PROBABILITY: {
    status: 422,
    title: 'A probability is outside [0, 1]',
    hint: 'Calibrate the score, or use a metric of ranks.',
  },
  INVALID_COUNTS: {
    status: 422,
    title: 'Counts that cannot be',
    hint: 'Counts are whole numbers with 0 ≤ x ≤ n.',
  },
  ALPHA_OUT_OF_RANGE: {
    status: 422,
    title: 'Alpha is out of range',
    hint: 'Alpha is one-sided per bound, between 0 and ½.',
  },
  LENGTH_MISMATCH: {
    status: 422,
    title: 'Columns have unequal lengths',
    hint: 'Give one label and one score per row.',
  },
} as const satisfies Record<string, ErrorEntry>
