import { defineConfig } from 'vitest/config';

/** One browser run at a time: two browsers and a server share two cores with whatever else runs. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
