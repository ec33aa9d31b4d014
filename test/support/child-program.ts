import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { bundleSource } from './bundle.ts'

export interface Program {
  /** Runs it in a process of its own. */
  start(...argv: readonly string[]): ChildProcess
  remove(): void
}

/** Bundles a TypeScript file of the tests into a program that plain Node runs. */
export async function buildProgram(file: string): Promise<Program> {
  const { path, remove } = await bundleSource(`import ${JSON.stringify(file)}`)
  return {
    start: (...argv) => spawn(process.execPath, [path, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] }),
    remove,
  }
}

/** Whole lines of a child's output, as they come. */
export function readLines(child: ChildProcess, onLine: (line: string) => void): Promise<void> {
  if (child.stdout === null) throw new Error('the child has no output')
  const lines = createInterface({ input: child.stdout })
  lines.on('line', onLine)
  return new Promise(resolve => lines.once('close', resolve))
}

/**
 * Starts a program that prints a line for each thing it has acknowledged, kills it without warning once it has printed
 * `after` lines and `delayMs` more have passed, and answers the lines.
 */
export async function killAfter(
  child: ChildProcess,
  { after, delayMs }: { after: number; delayMs: number },
): Promise<string[]> {
  const lines: string[] = []
  const closed = new Promise(resolve => child.once('exit', resolve))
  const read = readLines(child, line => {
    lines.push(line)
    if (lines.length === after) setTimeout(() => child.kill('SIGKILL'), delayMs)
  })
  await Promise.all([read, closed])
  return lines
}
