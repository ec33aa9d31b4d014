import { AwsClient } from 'aws4fetch'
import { parseS3Location, type S3Location } from '../../src/adapters/objects/s3/index.ts'
import type { S3Server } from '../services/s3.ts'

/** Requests as another client of the same server would send them. */
export interface Bucket {
  readonly location: S3Location
  /** The location as a project's configuration would say it. */
  readonly url: string
  send(method: string, path: string, body?: Uint8Array): Promise<Response>
}

/** A new bucket on the server; `path` of requests begins with its name. */
export async function makeBucket(server: S3Server, bucket: string, prefix = ''): Promise<Bucket> {
  const client = new AwsClient({ ...server, service: 's3', retries: 0 })
  const send = (method: string, path: string, body?: Uint8Array): Promise<Response> =>
    client.fetch(`${server.url}/${path}`, { method, ...(body === undefined ? {} : { body }) })
  const made = await send('PUT', bucket)
  if (!made.ok) throw new Error(`no bucket: ${made.status} ${await made.text()}`)
  const url = urlOf(server, `${bucket}${prefix === '' ? '' : `/${prefix}`}`)
  return { url, location: parseS3Location(url, {}), send }
}

/** `s3://key:secret@place?endpoint=…` of a server. */
export function urlOf(server: S3Server, place: string): string {
  const credentials = [server.accessKeyId, server.secretAccessKey].map(encodeURIComponent).join(':')
  return `s3://${credentials}@${place}?endpoint=${encodeURIComponent(server.url)}&region=${server.region}`
}
