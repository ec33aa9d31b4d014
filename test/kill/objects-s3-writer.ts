import { openS3Objects, parseS3Location } from '../../src/adapters/objects/s3/index.ts'

const [url = '', folder = '', file = '', partBytes = ''] = process.argv.slice(2)

// Puts one file into the bucket.
const store = await openS3Objects({
  location: parseS3Location(url, {}),
  folder,
  partBytes: Number(partBytes),
})
await store.putFile(file)
