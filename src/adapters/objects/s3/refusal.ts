import { FettleError } from '../../../kernel/errors/index.ts'
import type { S3Location } from './location.ts'
import { textOf } from './xml.ts'

/** Why the server refused, in words of what to do about it. Reads the body. */
export async function refusal(location: S3Location, response: Response): Promise<FettleError> {
  const text = await response.text().catch(() => '')
  const code = textOf(text, 'Code') ?? `status ${response.status}`
  const { bucket, endpoint, region } = location
  if (code === 'NoSuchBucket')
    return misconfigured(`there is no bucket "${bucket}" at ${endpoint}`, 'Make it, or name another.')
  if (/Redirect|AuthorizationHeaderMalformed|IllegalLocation/.test(code) || response.status === 301)
    return misconfigured(
      `the bucket "${bucket}" is not in region ${region} (${code})`,
      `Add its region to the URL: s3://${bucket}?region=…`,
    )
  if (response.status === 401 || response.status === 403)
    return misconfigured(
      `the object store at ${endpoint} refuses the credentials for bucket "${bucket}" (${code})`,
      'Check key and secret, the clock of this machine, and what the key may do: list, read, write, delete.',
    )
  if (response.status === 507 || /Quota|InsufficientStorage/i.test(code))
    return new FettleError('DISK_FULL', `An object could not be written: the object store is full (${code})`)
  return new FettleError(
    'OBJECT_STORE_UNAVAILABLE',
    `the object store at ${endpoint} answered ${response.status} (${code})`,
  )
}

const misconfigured = (message: string, hint: string) =>
  new FettleError('OBJECT_STORE_MISCONFIGURED', message, { hint })
