import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { FettleError } from '../../kernel/errors/index.ts'

export interface Interpreter {
  readonly python: string
  /** `CPython 3.11.7` */
  readonly interpreter: string
  /** `linux-x86_64` */
  readonly platform: string
}

const candidates = ['python3', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']
const leastMinor = 10

const probe = `import sys, sysconfig, platform, json
try:
    import venv, ensurepip
    usable = True
except ImportError:
    usable = False
print(json.dumps({"python": sys.executable, "version": list(sys.version_info[:3]), "venv": usable,
  "implementation": platform.python_implementation(), "platform": sysconfig.get_platform()}))`

interface Probed {
  readonly python: string
  readonly version: readonly number[]
  readonly venv: boolean
  readonly implementation: string
  readonly platform: string
}

/** The first Python ≥ 3.10 with venv: FETTLE_PYTHON if it is set, else by name on the PATH. PYTHON_MISSING says what to install. */
export async function findPython(
  named: string | undefined = process.env['FETTLE_PYTHON'],
): Promise<Interpreter> {
  const seen: Probed[] = []
  for (const command of named ? [named] : candidates) {
    const found = await ask(command)
    if (!found) continue
    if (isRecent(found) && found.venv) return describe(found)
    seen.push(found)
  }
  throw missing(seen, named)
}

async function ask(command: string): Promise<Probed | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, ['-c', probe], { timeout: 20_000 })
    return JSON.parse(stdout) as Probed
  } catch {
    return undefined
  }
}

function isRecent({ version }: Probed): boolean {
  return version[0] === 3 && (version[1] ?? 0) >= leastMinor
}

function describe({ python, version, implementation, platform }: Probed): Interpreter {
  return { python, interpreter: `${implementation} ${version.join('.')}`, platform }
}

function missing(seen: readonly Probed[], named: string | undefined): FettleError {
  const recent = seen.find(isRecent)
  if (recent) {
    return new FettleError(
      'PYTHON_MISSING',
      `Python ${recent.version.join('.')} at ${recent.python} has no venv`,
      {
        hint: `On Debian and Ubuntu: apt install python3-venv. Or use the logistic trainer, which needs no Python.`,
      },
    )
  }
  const found = seen.map(each => `${each.version.join('.')} at ${each.python}`)
  const where = named ? `FETTLE_PYTHON (${named})` : 'the PATH'
  return new FettleError(
    'PYTHON_MISSING',
    `No Python 3.${leastMinor} or newer on ${where}${found.length > 0 ? `; found ${found.join(', ')}` : ''}`,
  )
}
