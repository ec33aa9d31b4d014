import { type CommandSpec, commands, optionsOf } from '../commands.ts'
import { exitCodes } from '../exit-codes.ts'

const exitMeanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  done: 'done',
  failed: 'an error, or the run that was followed failed',
  usage: 'a wrong command line; nothing was sent',
  skewed: 'served features differ from what their definitions give; only `fettle skew`',
  changes: 'the plan has changes; only `fettle plan --detailed-exitcode`',
  refused: 'refused by a contract or by the gate of a release',
  notReproduced: 'a rebuild gave something else; only `fettle reproduce`',
  differs: 'what was imported answers otherwise than its source; only `fettle import mlflow --verify`',
  notPermitted: 'not signed in, or not permitted',
  conflict: 'somebody was first: the plan is stale, or the idempotency key is taken',
  inconclusive:
    'it could not be decided: an ingredient is missing, or rows were erased; only `fettle reproduce`',
  unreachable: 'no server answers; whether a write was done is unknown',
  interrupted: 'Ctrl-C',
}

/** docs/cli.md: every command with its options, exit codes, environment. */
export function renderCliDoc(): string {
  const shared = optionsOf({ usage: '', summary: '', load: noLoad })
  return [
    '# Command line',
    '',
    'Made from the table of commands in `src/cli/commands.ts`. Results go to standard output; progress, hints and errors to standard error.',
    '',
    '| command | what it does | options |',
    '|---|---|---|',
    ...commands.map(commandRow),
    '',
    'Every command but where noted takes:',
    '',
    '| option | meaning |',
    '|---|---|',
    ...shared.map(({ flags, summary }) => `| \`${flags}\` | ${summary} |`),
    '| `-h, --help` | print help |',
    '',
    '`init` takes only `--json` of these; `dev` takes `--json` and `--folder`. `fettle --version` prints the version.',
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...Object.entries(exitCodes).map(
      ([name, code]) => `| ${code} | ${exitMeanings[name as keyof typeof exitCodes]} |`,
    ),
    '',
    'With `--json` a result is one JSON value on one line, and an error is `{"error": …}` on standard error. `fettle logs --follow --json` prints one value a line.',
    '',
    '## Environment',
    '',
    '| variable | meaning |',
    '|---|---|',
    '| `FETTLE_URL` | address of the server, like `--server` |',
    '| `FETTLE_TOKEN` | token sent to a server named by `--server` or `FETTLE_URL` |',
    '| `NO_COLOR` | no colours, whatever its value; there are none in pipes either |',
    '| `CI` | nobody is asked, no progress is drawn over itself |',
    '',
  ].join('\n')
}

const noLoad: CommandSpec['load'] = () => Promise.reject(new Error('only described'))

function commandRow({ usage, summary, options = [] }: CommandSpec): string {
  const words = options.map(option => {
    const choices = option.choices === undefined ? '' : `: ${option.choices.join(', ')}`
    const repeats = option.repeats === true ? '; may be repeated' : ''
    return `\`${option.flags}\` ${option.summary}${choices}${repeats}`
  })
  return `| \`fettle ${usage}\` | ${summary} | ${words.join('<br>')} |`
}
