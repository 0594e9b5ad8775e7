import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorTexts, rich, type TextKey, t, texts } from '../src/texts.ts';

const SOURCE = join(import.meta.dirname, '../src');
const sources = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts') && !name.startsWith('texts'))
  .map(name => readFileSync(join(SOURCE, name), 'utf8'))
  .join('\n');
const keys = Object.keys(texts) as TextKey[];

/** Keys that the sources put together: `approval.network.${network}` and the like. */
const COMPOSED = [
  /^(approval\.(network|opened)|changed\.level)\./,
  /^(kind|how|activity\.kind|activity\.cause|activity\.alert|grant\.lasts)\./,
  /^password\.(too_short|too_long|common)$/,
  /^trouble\.(network|busy|slow_down)$/,
  /^(denied|cancelled|expired|deniedCode)\.(title|text)$/,
];

test.each(keys)('%s is used', key => {
  const composed = COMPOSED.some(pattern => pattern.test(key));
  expect(composed || sources.includes(`'${key}'`)).toBe(true);
});

test('no two pages give one key', () => {
  const files = readdirSync(join(SOURCE, 'texts'))
    .filter(name => name !== 'errors.ts')
    .map(name => readFileSync(join(SOURCE, 'texts', name), 'utf8'));
  const written = files.flatMap(file => [...file.matchAll(/^ {2}'?([\w.-]+)'?:/gm)]);
  expect(written).toHaveLength(keys.length);
});

test('every text says something, in whole words', () => {
  for (const text of [...Object.values(texts), ...Object.values(errorTexts)]) {
    expect(text.trim()).toBe(text);
    expect(text).not.toBe('');
    expect(text).not.toMatch(/[<>]|TODO|undefined/);
  }
});

test('every error code of the library has its sentence', () => {
  const file = join(import.meta.dirname, '../../sdk/browser/src/errors.ts');
  const union = readFileSync(file, 'utf8').split('/** What an error may carry')[0] ?? '';
  const codes = [...union.matchAll(/\| '(\w+)'/g)].map(match => match[1]);
  expect(codes.length).toBeGreaterThan(30);
  expect(Object.keys(errorTexts).sort()).toEqual(codes.sort());
});

test('values are put in as text, and as elements', () => {
  expect(t('scanner.foreign', { host: 'a.example' })).toContain('of a.example.');
  const name = document.createElement('bdi');
  name.textContent = '<b>Anna</b>';
  const parts = rich('signedIn.title', { name });
  expect(parts).toEqual(['Signed in as ', name]);
  expect(name.innerHTML).toBe('&lt;b&gt;Anna&lt;/b&gt;');
});
