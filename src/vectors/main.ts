import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { vectorRuntime } from '../platform.ts'
import { playFolder } from './play-folder.ts'
import { type FileReport, fileLines, reportOf, totalLine, totalsOf } from './report.ts'

const usage = 'usage: npm run vectors -- <folder or file> [--json]'

/** Exit code: 0 no case failed, 1 one did, 2 nothing to play. */
async function main(words: readonly string[]): Promise<number> {
  const json = words.includes('--json')
  const [written, ...more] = words.filter(word => word !== '--json')
  if (written === undefined || more.length > 0 || written.startsWith('-')) return refuse(usage)
  const place = placeOf(written)
  if (place === undefined) return refuse(`there is no file or folder ${resolve(written)}\n${usage}`)
  const files: FileReport[] = []
  for await (const played of playFolder(place, await vectorRuntime())) {
    const file = reportOf(played)
    files.push(file)
    if (!json) print(fileLines(file).join('\n'))
  }
  const totals = totalsOf(files)
  print(json ? JSON.stringify({ files, totals }, null, 2) : totalLine(totals))
  if (totals.files === totals.unknownFiles) return refuse(`${place} holds no known-answer files`)
  return totals.failed > 0 ? 1 : 0
}

/** npm runs scripts in the package's folder; a relative path is meant from where the person stands. */
function placeOf(written: string): string | undefined {
  return [process.env['INIT_CWD'], process.cwd()]
    .flatMap(folder => (folder === undefined ? [] : [resolve(folder, written)]))
    .find(path => existsSync(path))
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

function refuse(message: string): number {
  process.stderr.write(`${message}\n`)
  return 2
}

process.exitCode = await main(process.argv.slice(2))
