import { CommanderError, Option, Command as Program } from 'commander'
import { FettleError } from '../kernel/errors/index.ts'
import { nearest } from '../kernel/nearest.ts'
import { type CommandSpec, commands, optionsOf } from './commands.ts'
import { createContext } from './context.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'
import { type Io, processIo } from './io.ts'
import { errorJson, renderError } from './render/error.ts'

/** Runs one command line (without node and script) and resolves with its exit code. Commands load when they are called. */
export async function main(
  argv: readonly string[],
  io: Io = processIo(),
  version = '0.0.0',
): Promise<number> {
  const outcome: { code: number } = { code: exitCodes.done }
  const json = argv.includes('--json')
  const program = buildProgram({
    io,
    version,
    json,
    async act(spec, options, words) {
      const { run } = await spec.load()
      outcome.code = await run(createContext(io, options), options, ...words)
    },
  })
  try {
    await program.parseAsync([...argv], { from: 'user' })
    return outcome.code
  } catch (error) {
    const told = error instanceof CommanderError ? usageError(error, argv) : error
    if (told === undefined) return exitCodes.done
    return fail(told, { io, json })
  }
}

function fail(error: unknown, { io, json }: { io: Io; json: boolean }): number {
  io.err(json ? errorJson(error) : renderError(error, io.paint))
  return exitCodeOf(error)
}

export interface Building {
  readonly io: Io
  readonly version: string
  readonly json: boolean
  /** What is done with a command line that is right. */
  act(spec: CommandSpec, options: Record<string, unknown>, words: readonly string[]): Promise<void>
}

/** The parser of the command line, made from the table of commands. Throws CommanderError on a wrong one. */
export function buildProgram(building: Building): Program {
  const { io, version } = building
  const program = new Program('fettle')
    .description(
      'Keeps models in fine fettle: features, training, releases and serving from one set of definitions.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [command]', 'print help for a command')
    .exitOverride()
    .configureOutput({ writeOut: io.out, writeErr: () => {} })
    .showSuggestionAfterError(false)
  if (!building.json) program.configureHelp({ showGlobalOptions: false })
  for (const spec of commands) addCommand(program, spec, building)
  program.action(() => program.outputHelp())
  return program
}

function addCommand(program: Program, spec: CommandSpec, { act }: Building): void {
  const command = program.command(spec.usage).description(spec.summary)
  for (const option of optionsOf(spec)) command.addOption(optionOf(option))
  command.action(async (...args: unknown[]) => {
    const words = args
      .slice(0, -2)
      .flat()
      .filter(word => word !== undefined) as string[]
    await act(spec, args.at(-2) as Record<string, unknown>, words)
  })
}

function optionOf({ flags, summary, choices, repeats }: NonNullable<CommandSpec['options']>[number]): Option {
  const option = new Option(flags, summary)
  if (choices !== undefined) option.choices([...choices])
  // Setting a parser replaces the one that refuses what is no choice.
  const check = option.parseArg
  if (repeats === true)
    option.argParser((value: string, previous: string[] | undefined) => {
      check?.(value, undefined)
      return [...(previous ?? []), value]
    })
  return option
}

/** A refused command line with the nearest right one; undefined when help or the version was asked for. */
function usageError(error: CommanderError, argv: readonly string[]): FettleError | undefined {
  if (error.exitCode === 0) return undefined
  const written = argv.find(word => !word.startsWith('-')) ?? ''
  const names = commands.map(({ usage }) => usage.split(' ', 1)[0] ?? '')
  const message = error.message.replace(/^error: /, '').replace(/\.$/, '')
  if (names.includes(written)) {
    const [, option = ''] = /^unknown option '(--[^']+)'$/.exec(message) ?? []
    const spec = commands.find(({ usage }) => usage.split(' ', 1)[0] === written)
    const flags =
      spec === undefined ? [] : optionsOf(spec).flatMap(each => each.flags.match(/--[\w-]+/g) ?? [])
    const meant = option === '' ? undefined : nearest(option, flags)
    const hint = `See: fettle ${written} --help`
    return new FettleError('USAGE', message, {
      hint: meant === undefined ? hint : `Did you mean ${meant}? ${hint}`,
    })
  }
  const meant = nearest(written, names)
  return new FettleError('USAGE', written === '' ? message : `there is no command ${written}`, {
    hint: meant === undefined ? 'See: fettle --help' : `Did you mean fettle ${meant}?`,
  })
}
