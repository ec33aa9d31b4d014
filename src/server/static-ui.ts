import { readFile, realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
}

const securityHeaders = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

/** Answers GET with a file of the UI, or with its page for any in-app path. Returns false when it is not the UI's business. */
export type ServeUi = (request: FastifyRequest, reply: FastifyReply) => Promise<boolean>

/** Files below `folder`. Names with a hash in them never change and are cached for a year; the page is always asked for anew. */
export function serveUi(folder: string): ServeUi {
  return async (request, reply) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return false
    const path = pathOf(request.url)
    if (path === undefined || path.startsWith('/api/')) return false
    const file = await findFile(folder, path)
    if (file !== undefined) return send(reply, file)
    if (extname(path) !== '' && !acceptsPage(request)) return false
    const page = await findFile(folder, '/index.html')
    if (page === undefined) return false
    return send(reply, page)
  }
}

function acceptsPage(request: FastifyRequest): boolean {
  return (request.headers.accept ?? '').includes('text/html')
}

function pathOf(url: string): string | undefined {
  try {
    const path = decodeURIComponent(url.split('?', 1)[0] ?? '/')
    return path.includes('\0') ? undefined : path
  } catch {
    return undefined
  }
}

async function findFile(folder: string, path: string): Promise<string | undefined> {
  try {
    const root = await realpath(folder)
    const file = await realpath(join(root, path === '/' ? 'index.html' : path))
    return file.startsWith(root + sep) && (await stat(file)).isFile() ? file : undefined
  } catch {
    return undefined
  }
}

async function send(reply: FastifyReply, file: string): Promise<true> {
  const hashed = file.includes(`${sep}assets${sep}`) && /-[\w-]{8,}\.\w+$/.test(file)
  await reply
    .headers(securityHeaders)
    .header('content-type', mediaTypes[extname(file)] ?? 'application/octet-stream')
    .header('cache-control', hashed ? 'public, max-age=31536000, immutable' : 'no-cache')
    .send(await readFile(file))
  return true
}

/** Says where the UI would be, when it was not built. */
export function noUi(app: FastifyInstance): void {
  app.get('/', (_request, reply) =>
    reply
      .type('text/plain; charset=utf-8')
      .send('Fettle runs; its web pages are not built. Build them with: npm run build\n'),
  )
}
