import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: { conditions: ['fettle-source'] },
  ssr: { resolve: { conditions: ['fettle-source'] } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'examples/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { TZ: 'America/New_York' },
    typecheck: { enabled: false },
  },
})
