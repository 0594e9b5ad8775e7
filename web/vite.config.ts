import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { icons } from './build/icons.ts';

/** Browsers take a new service worker when its bytes differ: they do when the page that it keeps does. */
function stamped(): Plugin {
  return {
    name: 'stamped',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const { 'sw.js': worker, 'offline.html': page } = bundle;
      if (worker?.type !== 'chunk' || page?.type !== 'asset') throw new Error('no offline page');
      worker.code += `// ${createHash('sha256').update(page.source).digest('hex')}\n`;
    },
  };
}

/** The pages, all of them from our own host, nothing inline: the server's CSP allows nothing else. */
export default defineConfig({
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  plugins: [icons(), stamped()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: {
        index: 'index.html',
        q: 'q.html',
        account: 'account.html',
        welcome: 'welcome.html',
        recover: 'recover.html',
        undo: 'undo.html',
        docs: 'docs.html',
        offline: 'offline.html',
        sw: 'src/service-worker.ts',
      },
      // A service worker reaches no further than its own folder, and is found by its name.
      output: {
        entryFileNames: chunk => (chunk.name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  test: { environment: 'happy-dom', include: ['tests/**/*.test.ts'] },
});
