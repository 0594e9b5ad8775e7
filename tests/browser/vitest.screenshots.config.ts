import { defineConfig } from 'vitest/config';

/** Not a test: writes a picture of each state to `screenshots/` at the root, for eyes. */
export default defineConfig({
  test: {
    include: ['src/screenshots*.ts'],
    fileParallelism: false,
    testTimeout: 600_000,
    hookTimeout: 60_000,
    retry: 0,
  },
});
