import { defineConfig } from 'vitest/config';

/** Two pages, all of them from our own host, nothing inline: the server's CSP allows nothing else. */
export default defineConfig({
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: { input: { index: 'index.html', q: 'q.html' } },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});
