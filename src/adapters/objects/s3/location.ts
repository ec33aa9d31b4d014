import { FettleError } from '../../../kernel/errors/index.ts'

/** Where objects are kept, and who we are there. */
export interface S3Location {
  readonly bucket: string
  /** Before every key; empty, or without a slash at its ends. */
  readonly prefix: string
  /** Without a slash at its end; keys are below `<endpoint>/<bucket>`, so any server with path-style addresses will do. */
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads `s3://[key:secret@]bucket[/prefix][?endpoint=…&region=…]`. What it does not say comes from AWS_ENDPOINT_URL,
 * AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. Throws OBJECT_STORE_MISCONFIGURED.
 */
export function parseS3Location(url: string, environment: Environment): S3Location {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed?.protocol !== 's3:') throw misconfigured('the object store is no s3:// URL', example)
  const unknown = [...parsed.searchParams.keys()].find(key => key !== 'endpoint' && key !== 'region')
  if (unknown !== undefined)
    throw misconfigured(`the s3:// URL has the unknown parameter "${unknown}"`, example)
  const bucket = parsed.hostname
  const prefix = parsed.pathname.replace(/^\/+|\/+$/g, '')
  if (!/^[a-z0-9][a-z0-9.-]{2,62}$/.test(bucket))
    throw misconfigured(`"${bucket}" is no name of a bucket`, example)
  if (!/^[\w./-]*$/.test(prefix) || prefix.split('/').some(part => part === '.' || part === '..'))
    throw misconfigured(`"${prefix}" is no usable prefix`, 'Use letters, digits and . _ - between slashes.')
  const region = parsed.searchParams.get('region') ?? environment['AWS_REGION'] ?? 'us-east-1'
  const endpoint =
    parsed.searchParams.get('endpoint') ??
    environment['AWS_ENDPOINT_URL'] ??
    `https://s3.${region}.amazonaws.com`
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw misconfigured(`"${endpoint}" is no address of an S3 server`, example)
  return {
    bucket,
    prefix,
    region,
    endpoint: endpoint.replace(/\/+$/, ''),
    ...credentialsOf(parsed, environment),
  }
}

function credentialsOf(
  { username, password }: URL,
  environment: Environment,
): Pick<S3Location, 'accessKeyId' | 'secretAccessKey' | 'sessionToken'> {
  if (username !== '' && password !== '')
    return { accessKeyId: decodeURIComponent(username), secretAccessKey: decodeURIComponent(password) }
  const accessKeyId = environment['AWS_ACCESS_KEY_ID']
  const secretAccessKey = environment['AWS_SECRET_ACCESS_KEY']
  const sessionToken = environment['AWS_SESSION_TOKEN']
  if (accessKeyId && secretAccessKey)
    return { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) }
  throw misconfigured(
    'there are no credentials for the object store',
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or let "objects" be "env:NAME" with s3://key:secret@bucket in NAME.',
  )
}

const example = 'For example s3://models/fettle?endpoint=https://minio.internal:9000&region=us-east-1.'

const misconfigured = (message: string, hint: string) =>
  new FettleError('OBJECT_STORE_MISCONFIGURED', message, { hint })
