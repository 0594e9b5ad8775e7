import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import {
  answersOf,
  codesOf,
  type Description,
  type Operation,
  routesOf,
} from '../src/docs/document.ts';

const file = join(import.meta.dirname, '../../openapi.json');
const text = readFileSync(file, 'utf8');
const description: Description = JSON.parse(text);

test('the description is OpenAPI 3.1', async () => {
  const validator = new Validator();
  const result = await validator.validate(JSON.parse(text));
  expect(result.errors ?? []).toEqual([]);
  expect(result.valid).toBe(true);
  expect(validator.version).toBe('3.1');
});

test('each route is shown once, under its tag', () => {
  const shown = description.tags.flatMap(tag => routesOf(description, tag.name));
  const all = Object.values(description.paths).flatMap(methods => Object.keys(methods));
  expect(shown).toHaveLength(all.length);
  const ids = shown.map(route => route.operation.operationId);
  expect(new Set(ids).size).toBe(all.length);
});

test('what any request may get is told apart from what an operation refuses itself', () => {
  const check = description.paths['/v1/logins/{login_id}/check']?.post as Operation;
  const { own, common } = codesOf(description, check);
  expect(own).toEqual(expect.arrayContaining(['wrong_code', 'unknown_login']));
  expect(common).toEqual(expect.arrayContaining(['slow_down', 'busy', 'too_large']));
  expect(answersOf(check).map(([status]) => status)).toEqual(['200']);
  const token = description.paths['/oauth/token']?.post as Operation;
  expect(answersOf(token).map(([status]) => status)).toContain('400');
});
