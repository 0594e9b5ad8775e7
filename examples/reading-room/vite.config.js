import { defineConfig } from 'vite';

/** Puts the page and what it imports into `dist/`: files of our own host, nothing inline. */
export default defineConfig({
  root: 'page',
  // Takes @countersign/browser as it is in this repository, without a build of its own.
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022', assetsInlineLimit: 0 },
});
