/** Whoever runs the server may hold a client's token; steps speak with their own. */
const secret = /^FETTLE_(\w+_)?TOKEN$/i

const passed =
  /^(PATH|HOME|USER|LOGNAME|LD_LIBRARY_PATH|SSL_CERT_FILE|SSL_CERT_DIR|REQUESTS_CA_BUNDLE|NODE_EXTRA_CA_CERTS|(HTTP|HTTPS|NO|ALL)_PROXY|PIP_\w+|UV_\w+|FETTLE_\w+)$/i

/** The environment of a step's process: what tools need to find themselves, and nothing that makes results differ. */
export function stepEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  scratch: string,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && passed.test(entry[0]) && !secret.test(entry[0]),
  )
  return {
    ...Object.fromEntries(kept),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    PYTHONHASHSEED: '0',
    PYTHONUNBUFFERED: '1',
    TMPDIR: scratch,
  }
}
