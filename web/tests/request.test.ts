import { afterEach, expect, test, vi } from 'vitest';
import { dropRequest, keepEnd, keepRequest, keptEnd, keptRequest } from '../src/phone/request.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

test('a request is kept until it is dropped', () => {
  expect(keptRequest()).toBeUndefined();
  const request = { scanned: { hold: 'sealed' }, openedBy: 'link' } as const;
  keepRequest(request);
  expect(keptRequest()).toEqual(request);
  dropRequest();
  expect(keptRequest()).toBeUndefined();
});

test('an end takes the place of its request, until it is dropped', () => {
  keepRequest({ scanned: { scan: 'a.b' }, openedBy: 'scanner' });
  const end = { grant: 'g', client: 'Shop', act: 'add_passkey' } as const;
  keepEnd(end);
  expect(keptEnd()).toEqual(end);
  expect(keptRequest()).toBeUndefined();
  dropRequest();
  expect(keptEnd()).toBeUndefined();
});

test.each(['', 'null', '{', '{"scanned":{"scan":"a.b"}}', '7'])('%j is no request', text => {
  sessionStorage.setItem('countersign-request', text);
  expect(keptRequest()).toBeUndefined();
  expect(keptEnd()).toBeUndefined();
});

test('a browser that keeps nothing stands in no way', () => {
  const refuse = () => {
    throw new DOMException('denied', 'SecurityError');
  };
  vi.stubGlobal('sessionStorage', { getItem: refuse, setItem: refuse, removeItem: refuse });
  keepRequest({ scanned: { scan: 'a.b' }, openedBy: 'scanner' });
  expect(keptRequest()).toBeUndefined();
  dropRequest();
});
