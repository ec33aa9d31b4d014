import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Journal } from './target.ts'

/** One line per entry, appended; the last of a key counts. A line that was cut by a crash is as if it were not there. */
export async function openJournal(path: string): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true })
  const known = new Map<string, string>()
  const text = await readFile(path, 'utf8').catch(() => '')
  for (const line of text.split('\n').slice(0, -1)) {
    const cut = line.lastIndexOf(' ')
    if (cut > 0) known.set(line.slice(0, cut), line.slice(cut + 1))
  }
  if (text !== '' && !text.endsWith('\n')) await appendFile(path, '\n')
  return {
    get: key => known.get(key),
    async set(key, value) {
      await appendFile(path, `${key} ${value}\n`)
      known.set(key, value)
    },
  }
}
