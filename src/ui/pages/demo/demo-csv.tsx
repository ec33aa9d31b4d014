import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import type { DemoView, TriedView } from '../../../api/demo.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { saveFile } from '../../components/save-file.ts'
import { formatCount, formatNumber, plural } from '../../format.ts'
import { parseField } from '../deployments/field-values.ts'
import { csvLine, parseCsv } from './csv.ts'
import { type Row, useDoor } from './door.ts'
import { textOf } from './texts-of.ts'

const mostRows = 1_000

interface ReadFile {
  readonly name: string
  readonly rows: readonly Row[]
  readonly problems: readonly string[]
}

/** Many rows at once, from a file and into a file. */
export function DemoCsv({ demo }: { demo: DemoView }) {
  const door = useDoor()
  const [file, setFile] = useState<ReadFile>()
  const score = useMutation({ mutationFn: (rows: readonly Row[]) => door.tryRows(rows) })
  const read = async (chosen: File | undefined) => {
    score.reset()
    setFile(chosen && { name: chosen.name, ...readRows(demo, await chosen.text()) })
  }
  const names = demo.fields.map(({ name }) => name)
  const template = csvLine(names) + csvLine(names.map(name => textOf(demo.example[name])))
  const ready = file !== undefined && file.problems.length === 0 && file.rows.length > 0
  return (
    <Panel title="Many at once" aside={`a CSV file of at most ${formatCount(mostRows)} rows`}>
      <div className="try-actions">
        <input
          type="file"
          accept=".csv,text/csv"
          aria-label="CSV file"
          onChange={event => void read(event.target.files?.[0])}
        />
        <button
          type="button"
          className="button primary"
          disabled={!ready || score.isPending || demo.closed !== null}
          onClick={() => ready && score.mutate(file.rows)}
        >
          {score.isPending ? 'Asking…' : ready ? `Ask ${plural(file.rows.length, 'row')}` : 'Ask'}
        </button>
        <button
          type="button"
          className="button"
          onClick={() => saveFile(`${demo.deployment}-rows.csv`, template)}
        >
          Save a template
        </button>
      </div>
      <div aria-live="polite">
        {file && file.problems.length > 0 ? <Problems problems={file.problems} /> : null}
        {score.error ? <ErrorNotice error={score.error} /> : null}
        {score.data && file ? <Scored demo={demo} rows={file.rows} tried={score.data} /> : null}
      </div>
    </Panel>
  )
}

const mostProblems = 5

function Problems({ problems }: { problems: readonly string[] }) {
  return (
    <div className="notice bad" role="alert">
      <span aria-hidden="true" />
      <div className="body">
        {problems.slice(0, mostProblems).map(problem => (
          <p key={problem}>{problem}</p>
        ))}
        {problems.length > mostProblems ? <p>{problems.length - mostProblems} more.</p> : null}
      </div>
    </div>
  )
}

function Scored({ demo, rows, tried }: { demo: DemoView; rows: readonly Row[]; tried: TriedView }) {
  const { predictions } = tried
  const acted = predictions.filter(({ action }) => action !== null).length
  const scores = predictions.map(({ score }) => score)
  const save = () => {
    const names = demo.fields.map(({ name }) => name)
    const lines = predictions.map(({ score, action, servedBy, predictionId }, index) =>
      csvLine([
        ...names.map(name => textOf(rows[index]?.[name])),
        ...[String(score), action ?? '', servedBy, predictionId],
      ]),
    )
    const head = csvLine([...names, 'score', 'action', 'served_by', 'prediction_id'])
    saveFile(`${demo.deployment}-scored.csv`, head + lines.join(''))
  }
  return (
    <p className="demo-scored">
      {plural(predictions.length, 'row')}: scores from {formatNumber(Math.min(...scores), 3)} to{' '}
      {formatNumber(Math.max(...scores), 3)}
      {demo.action === null ? '' : `, ${demo.action.name} on ${formatCount(acted)}`}.{' '}
      <button type="button" className="button" onClick={save}>
        Save the answers
      </button>
    </p>
  )
}

/** Every cell is held against its field; nothing is sent while one does not fit. */
function readRows({ fields }: DemoView, text: string): Omit<ReadFile, 'name'> {
  const [head = [], ...lines] = parseCsv(text)
  const missing = fields.filter(({ name }) => !head.includes(name)).map(({ name }) => name)
  if (missing.length > 0)
    return { rows: [], problems: [`The first line names no column ${missing.join(', ')}.`] }
  if (lines.length === 0) return { rows: [], problems: ['There is no row below the first line.'] }
  if (lines.length > mostRows)
    return { rows: [], problems: [`There are ${formatCount(lines.length)} rows; ${mostRows} are the most.`] }
  const problems: string[] = []
  const rows = lines.map((cells, index) =>
    Object.fromEntries(
      fields.map(field => {
        const parsed = parseField(field, cells[head.indexOf(field.name)] ?? '')
        if (!parsed.ok) problems.push(`Line ${index + 2}, ${field.name}: ${parsed.problem}`)
        return [field.name, parsed.ok ? parsed.value : null]
      }),
    ),
  )
  return { rows: rows as readonly Row[], problems }
}
