import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { addresses } from '../../../api/addresses.ts'
import { urlOf } from '../../api.ts'
import { Icon } from '../../components/icons.tsx'
import { Loaded } from '../../components/page.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { formatBytes } from '../../format.ts'
import { FilePreview } from './file-preview.tsx'

const route = getRouteApi('/experiments/runs/$id')

/** Files of a run as a tree, folders asked for when they are opened, and a look into the chosen one. */
export function RunFiles({ run }: { run: string }) {
  const { file } = route.useSearch()
  return (
    <div className="columns files">
      <section aria-label="Files">
        <Folder run={run} path="" />
      </section>
      <section aria-label="Preview">
        {file ? (
          <FilePreview key={file} run={run} path={file} />
        ) : (
          <p className="panel-note">Choose a file to look into it.</p>
        )}
      </section>
    </div>
  )
}

export function fileUrl(run: string, path: string): string {
  return urlOf(addresses.runFile.split(' ')[1] ?? '', { id: run }, { path })
}

function Folder({ run, path }: { run: string; path: string }) {
  const files = useQuery(trackingQueries.files(run, path))
  return (
    <Loaded query={files} rows={3}>
      {data =>
        data.entries.length > 0 ? (
          <ul className="file-tree">
            {data.entries.map(entry =>
              entry.folder ? (
                <FolderEntry key={entry.path} run={run} path={entry.path} />
              ) : (
                <FileEntry key={entry.path} run={run} path={entry.path} bytes={entry.bytes} />
              ),
            )}
          </ul>
        ) : (
          <p className="panel-note">No file was logged.</p>
        )
      }
    </Loaded>
  )
}

function FolderEntry({ run, path }: { run: string; path: string }) {
  const { file } = route.useSearch()
  const [open, setOpen] = useState(file?.startsWith(`${path}/`) ?? false)
  return (
    <li>
      <button type="button" className="button plain" aria-expanded={open} onClick={() => setOpen(!open)}>
        {open ? '▾' : '▸'} {nameOf(path)}/
      </button>
      {open ? <Folder run={run} path={path} /> : null}
    </li>
  )
}

function FileEntry({ run, path, bytes }: { run: string; path: string; bytes: number | null }) {
  return (
    <li>
      <Icon name="file" size={14} />
      <Link
        to="."
        search={((previous: object) => ({ ...previous, file: path })) as never}
        replace
        resetScroll={false}
        className="anywhere"
      >
        {nameOf(path)}
      </Link>
      <span className="muted num">{bytes === null ? '' : formatBytes(bytes)}</span>
      <a href={fileUrl(run, path)} download={nameOf(path)} aria-label={`Download ${path}`}>
        Download
      </a>
    </li>
  )
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
