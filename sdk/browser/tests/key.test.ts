import 'fake-indexeddb/auto';
import { expect, test } from 'vitest';
import { fromBase64Url, toBase64Url, utf8 } from '../src/bytes.ts';
import { generateDeviceKey, makeProof, memoryStore, openStorage } from '../src/index.ts';

test('a device key cannot be read out', async () => {
  const key = await generateDeviceKey();
  expect(key.privateKey.extractable).toBe(false);
  await expect(crypto.subtle.exportKey('jwk', key.privateKey)).rejects.toThrow();
  expect(Object.keys(key.jwk).sort()).toEqual(['crv', 'kty', 'x', 'y']);
});

test('a proof verifies with the key in its header and says what it is for', async () => {
  const key = await generateDeviceKey();
  const request = { method: 'POST', url: 'https://a.example/v1/scans', nonce: 'n1' };
  const proof = await makeProof(key, request, () => 1_700_000_000_999);
  const [head = '', body = '', signature = ''] = proof.split('.');
  const read = (part: string) => JSON.parse(new TextDecoder().decode(fromBase64Url(part)));
  expect(read(head)).toEqual({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk });
  expect(read(body)).toEqual({
    jti: expect.stringMatching(/.{16,}/),
    htm: 'POST',
    htu: 'https://a.example/v1/scans',
    iat: 1_700_000_000,
    nonce: 'n1',
  });
  const publicKey = await crypto.subtle.importKey(
    'jwk',
    { ...key.jwk },
    { name: 'ECDSA', namedCurve: 'P-256' },
    true,
    ['verify'],
  );
  const valid = await crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    publicKey,
    fromBase64Url(signature) ?? utf8(''),
    utf8(`${head}.${body}`),
  );
  expect(valid).toBe(true);
});

test('two proofs for one request differ', async () => {
  const key = await generateDeviceKey();
  const request = { method: 'GET', url: 'https://a.example/v1/me' };
  expect(await makeProof(key, request)).not.toBe(await makeProof(key, request));
});

test('one origin keeps one key, also when two tabs open at once', async () => {
  const first = await openStorage();
  const second = await openStorage();
  const [a, b] = await Promise.all([first.deviceKey(), second.deviceKey()]);
  expect(a.thumbprint).toBe(b.thumbprint);
  expect((await first.deviceKey()).thumbprint).toBe(a.thumbprint);
});

test.each(['indexeddb', 'memory'])('a session is kept, found and forgotten (%s)', async kind => {
  const store = kind === 'memory' ? memoryStore() : (await openStorage()).sessions('phone');
  const session = {
    clientId: 'demo',
    accessToken: 'a',
    refreshToken: 'r',
    account: { id: '1', name: 'Anna' },
    device: undefined,
  };
  expect(await store.load()).toBeUndefined();
  await store.save(session);
  expect(await store.load()).toEqual(session);
  await store.clear();
  expect(await store.load()).toBeUndefined();
});

test.each(['', 'AA', 'AAAA', '_-8'])('base64url %j survives a round trip', text => {
  const bytes = fromBase64Url(text);
  expect(bytes && toBase64Url(bytes)).toBe(text);
});

test.each(['A', 'AB', 'AA==', 'A+/A', 'A A'])('base64url %j is refused', text => {
  expect(fromBase64Url(text)).toBeUndefined();
});
