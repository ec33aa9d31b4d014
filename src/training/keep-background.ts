import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { sampleBackground, writeBackground } from '../evaluation/index.ts'
import { readLabelledRows } from './labelled-rows.ts'
import type { ColumnReader } from './ports.ts'
import type { TrainerCall } from './trainer.ts'

/**
 * Keeps a sample of the training rows beside a model that can only be explained by scoring it: an ONNX file without
 * trees.json. The rows follow from the training set alone.
 */
export async function keepBackground(
  { params, data, output }: TrainerCall,
  format: string,
  columns: ColumnReader,
): Promise<void> {
  if (format !== 'onnx' || (await isPresent(join(output, 'trees.json')))) return
  const { features, label } = params
  const rows = await readLabelledRows(columns, { data, features, label, split: params.split.train })
  const sample = sampleBackground(
    features.map(({ name }) => name),
    {
      rows: rows.labels.length,
      at: (row, input) => rows.columns[input]?.[row] ?? Number.NaN,
      label: `background/${data.checksum}`,
    },
  )
  await writeBackground(output, sample)
}

const isPresent = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
