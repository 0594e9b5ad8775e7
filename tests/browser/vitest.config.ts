import { homedir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Where `scripts/test` finds what ran. */
const target = process.env.CARGO_TARGET_DIR ?? join(homedir(), '.cache/countersign/target');

/** One browser run at a time: two browsers and a server share two cores with whatever else runs. */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 90_000,
    hookTimeout: 60_000,
    retry: 0,
    reporters: ['default', 'json'],
    outputFile: { json: join(target, 'browser-tests.json') },
  },
});
