import { useQuery } from '@tanstack/react-query'
import { ApiError } from '../../api.ts'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatBytes } from '../../format.ts'
import { dataUrl, fileKind, imageType, parseCsv } from './file-kind.ts'
import { fileUrl } from './run-files.tsx'

const textBytes = 256 * 1024
const imageBytes = 4 * 1024 * 1024
const mostRows = 100

/** The beginning of a file as text, table or picture. Nothing in it is run, also no HTML or SVG script. */
export function FilePreview({ run, path }: { run: string; path: string }) {
  const head = useQuery({
    queryKey: ['filePreview', run, path],
    queryFn: ({ signal }) =>
      readHead(
        fileUrl(run, path),
        fileKind(path, new Uint8Array()) === 'image' ? imageBytes : textBytes,
        signal,
      ),
    staleTime: Number.POSITIVE_INFINITY,
  })
  return (
    <Panel
      title={path}
      aside={
        <a href={fileUrl(run, path)} download={path.slice(path.lastIndexOf('/') + 1)}>
          Download
        </a>
      }
    >
      <Loaded query={head} rows={8}>
        {data => <Shown path={path} {...data} />}
      </Loaded>
    </Panel>
  )
}

interface Head {
  readonly bytes: Uint8Array
  readonly total: number
}

async function readHead(url: string, most: number, signal: AbortSignal): Promise<Head> {
  const response = await fetch(url, {
    signal,
    credentials: 'same-origin',
    headers: { range: `bytes=0-${most - 1}` },
  })
  if (response.status === 416) return { bytes: new Uint8Array(), total: 0 }
  if (!response.ok) {
    const body = (await response.json().catch(() => ({}))) as { error?: object }
    throw new ApiError(response.status, body.error ?? {})
  }
  const bytes = new Uint8Array(await response.arrayBuffer())
  const total = Number(response.headers.get('content-range')?.split('/')[1] ?? bytes.length)
  return { bytes, total }
}

function Shown({ path, bytes, total }: { path: string } & Head) {
  const whole = bytes.length >= total
  const kind = fileKind(path, bytes)
  if (total === 0) return <p className="panel-note">The file is empty.</p>
  if (kind === 'binary')
    return (
      <p className="panel-note">{formatBytes(total)} of bytes that are no text: download it to use it.</p>
    )
  if (kind === 'image')
    return whole ? (
      <img className="file-image" src={dataUrl(imageType(path), bytes)} alt={path} />
    ) : (
      <p className="panel-note">The picture has {formatBytes(total)}: download it to see it.</p>
    )
  const text = new TextDecoder().decode(bytes)
  return (
    <>
      {kind === 'csv' ? (
        <Csv text={text} />
      ) : (
        <pre className="code-block">{kind === 'json' && whole ? pretty(text) : text}</pre>
      )}
      {whole ? null : (
        <p className="panel-note">
          The first {formatBytes(bytes.length)} of {formatBytes(total)}.
        </p>
      )}
    </>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function Csv({ text }: { text: string }) {
  const [head = [], ...rows] = parseCsv(text, mostRows + 1)
  // Two columns may have one name.
  const titles = head.map((title, index) => (head.indexOf(title) < index ? `${title} (${index + 1})` : title))
  return (
    <SimpleTable
      label="Rows"
      head={titles}
      rows={rows.map(row => titles.map((_, index) => row[index] ?? ''))}
    />
  )
}
