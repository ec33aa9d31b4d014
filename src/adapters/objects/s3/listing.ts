import type { ObjectStore } from '../../../pipelines/index.ts'
import { hexOf } from '../digest.ts'
import type { S3Location } from './location.ts'
import { keyOf, type SendS3 } from './request.ts'
import { elementsOf, textOf } from './xml.ts'

/** Page after page, a thousand at most at a time; keys that are no objects are passed over. */
export async function* everyObject(
  send: SendS3,
  location: S3Location,
  pageSize = 1_000,
): ReturnType<ObjectStore['all']> {
  const prefix = keyOf(location, 'sha256/')
  for (let token: string | undefined = ''; token !== undefined; ) {
    const query = { 'list-type': '2', prefix, 'max-keys': String(pageSize) }
    const page: Response = await send({
      method: 'GET',
      query: token === '' ? query : { ...query, 'continuation-token': token },
    })
    const text = await page.text()
    for (const content of elementsOf(text, 'Contents')) {
      const hash = `sha256:${textOf(content, 'Key')?.split('/').at(-1)}`
      const at = Date.parse(textOf(content, 'LastModified') ?? '')
      if (hexOf(hash) !== undefined)
        yield { hash, bytes: Number(textOf(content, 'Size')), at: BigInt(at) * 1_000n }
    }
    token = textOf(text, 'IsTruncated') === 'true' ? textOf(text, 'NextContinuationToken') : undefined
  }
}
