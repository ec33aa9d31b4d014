import { readdir, stat } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import type { VectorRuntime } from './model.ts'
import { type PlayedFile, playFile } from './play-file.ts'

/** Plays every `*.json` below a folder, or the one file, one after the other, sorted by path. */
export async function* playFolder(place: string, runtime: VectorRuntime): AsyncIterable<PlayedFile> {
  for (const path of await vectorFiles(place)) {
    const played = await playFile(path, runtime)
    yield { ...played, path: relative(place, path) || basename(path) }
  }
}

async function vectorFiles(place: string): Promise<string[]> {
  if ((await stat(place)).isFile()) return [place]
  const entries = await readdir(place, { recursive: true, withFileTypes: true })
  return entries
    .filter(entry => !entry.isDirectory() && entry.name.endsWith('.json'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort()
}
