import { describe, expect, it } from 'vitest'
import { parseS3Location } from './location.ts'

const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }

describe('the place of objects in S3', () => {
  it('is a bucket of Amazon unless it says otherwise', () => {
    expect(parseS3Location('s3://models', keys)).toEqual({
      ...{ bucket: 'models', prefix: '', region: 'us-east-1' },
      endpoint: 'https://s3.us-east-1.amazonaws.com',
      ...{ accessKeyId: 'id', secretAccessKey: 'secret' },
    })
    expect(parseS3Location('s3://models?region=eu-west-1', keys).endpoint).toBe(
      'https://s3.eu-west-1.amazonaws.com',
    )
  })

  it('takes prefix, endpoint and credentials from the URL, before the environment', () => {
    const url = 's3://test%3Auser:a%2Fb@models/team/fettle/?endpoint=http://127.0.0.1:9000/&region=here'
    const environment = {
      ...keys,
      AWS_REGION: 'there',
      AWS_ENDPOINT_URL: 'https://other',
      AWS_SESSION_TOKEN: 't',
    }
    expect(parseS3Location(url, environment)).toEqual({
      ...{ bucket: 'models', prefix: 'team/fettle', region: 'here', endpoint: 'http://127.0.0.1:9000' },
      ...{ accessKeyId: 'test:user', secretAccessKey: 'a/b' },
    })
    expect(parseS3Location('s3://models', environment)).toMatchObject({
      ...{ region: 'there', endpoint: 'https://other', sessionToken: 't' },
    })
  })

  it.each([
    ['https://models', keys, 'no s3:// URL'],
    ['models', keys, 'no s3:// URL'],
    ['s3://Models_1', keys, 'no name of a bucket'],
    ['s3://ab', keys, 'no name of a bucket'],
    ['s3://models/a%2e%2e/../b c', keys, 'no usable prefix'],
    ['s3://models?endpoint=ftp://x', keys, 'no address'],
    ['s3://models?endpoit=http://x', keys, 'unknown parameter "endpoit"'],
    ['s3://models', {}, 'no credentials'],
    ['s3://models', { AWS_ACCESS_KEY_ID: 'id' }, 'no credentials'],
  ])('refuses %s', (url, environment, message) => {
    expect(() => parseS3Location(url, environment)).toThrow(message)
    expect(() => parseS3Location(url, environment)).toThrow(
      expect.objectContaining({ code: 'OBJECT_STORE_MISCONFIGURED' }),
    )
  })
})
