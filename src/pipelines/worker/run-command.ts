import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ActionOutput } from '../actions.ts'
import { invalid } from '../check-outputs.ts'
import type { StepPlan } from '../model.ts'
import type { StepOutput, StepSpec } from './attempt-folder.ts'

/** A program ended with an exit code, which says whose fault it was; it wrote no error of its own. */
export class ExitError extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super(`The program ended with exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

type Command = Extract<StepPlan['body'], { kind: 'command' }>

/**
 * Runs a program. It finds what it is to do in the file named by FETTLE_INPUT, writes below FETTLE_OUTPUT_FOLDER, and
 * hands back output.json there; without that file every declared output is looked for under its own name.
 */
export async function runCommand(
  spec: StepSpec,
  command: Command,
  signal: AbortSignal,
): Promise<Record<string, ActionOutput>> {
  const inputFile = join(spec.scratchFolder, 'input.json')
  const { params, inputs, seed, outputs, outputFolder } = spec
  writeFileSync(inputFile, JSON.stringify({ params, inputs, seed, outputs, outputFolder }))
  const code = await runProgram(
    command,
    { FETTLE_INPUT: inputFile, FETTLE_OUTPUT_FOLDER: outputFolder },
    spec.projectFolder,
  )
  if (code !== 0 && !signal.aborted) throw new ExitError(code)
  return readOutputs(spec)
}

function runProgram(command: Command, env: Readonly<Record<string, string>>, cwd: string): Promise<number> {
  const [program = '', ...args] = command.argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, ...command.env, ...env },
    })
    child.once('error', () => reject(invalid(`program "${program}" cannot be started`)))
    child.once('exit', (code, signalName) => {
      // A program killed by a signal ends the host the same way, so that the signal is what is classified.
      if (signalName !== null && code === null) process.kill(process.pid, signalName)
      resolve(code ?? 1)
    })
  })
}

function readOutputs(spec: StepSpec): Record<string, ActionOutput> {
  const path = join(spec.outputFolder, 'output.json')
  if (existsSync(path)) return readWritten(path)
  const found = Object.entries(spec.outputs).filter(([name]) => existsSync(join(spec.outputFolder, name)))
  return Object.fromEntries(
    found.map(([name, kind]) => [name, kind === 'json' ? readValue(spec, name) : { kind, path: name }]),
  )
}

function readWritten(path: string): Record<string, ActionOutput> {
  try {
    return { ...(JSON.parse(readFileSync(path, 'utf8')) as StepOutput).outputs }
  } catch {
    throw invalid('output.json is not JSON')
  }
}

function readValue(spec: StepSpec, name: string): ActionOutput {
  try {
    return { kind: 'json', value: JSON.parse(readFileSync(join(spec.outputFolder, name), 'utf8')) }
  } catch {
    throw invalid(`output "${name}" is not JSON`, name)
  }
}
