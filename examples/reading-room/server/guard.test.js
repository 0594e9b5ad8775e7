/** The guard against tokens and proofs that this test makes itself, good and bad; the keys come over HTTP. */

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Guard, Refused } from './guard.js';

const ORIGIN = 'https://read.example';
const START = Date.parse('2026-05-04T12:00:00Z');
const SECOND = 1000;

const issuerKey = await generateKeyPair('ES256');
const foreignKey = await generateKeyPair('ES256');
const desktop = await device();
let issuer = '';
let jwks = { keys: [{ ...(await exportJWK(issuerKey.publicKey)), kid: 'one', alg: 'ES256' }] };
let now = START;

const server = createServer((request, response) => {
  assert.equal(request.url, '/oauth/jwks');
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(jwks));
});

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  issuer = `http://127.0.0.1:${typeof address === 'object' && address?.port}`;
});
after(() => server.close());

async function device() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwk = await exportJWK(publicKey);
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) };
}

/** An access token as the server makes it, with changes. */
function token(claims = {}, header = {}, key = issuerKey.privateKey) {
  const seconds = Math.floor(START / SECOND);
  const right = {
    iss: issuer,
    aud: 'reading-room',
    sub: 'anna',
    iat: seconds,
    exp: seconds + 600,
    cnf: { jkt: desktop.thumbprint },
    role: 'desktop',
  };
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid: 'one', ...header })
    .sign(key);
}

/** A proof as the page makes it, with changes; `undefined` takes a claim away. */
function proof(accessToken = '', claims = {}, header = {}, by = desktop) {
  const right = {
    jti: randomUUID(),
    htm: 'GET',
    htu: `${ORIGIN}/articles`,
    iat: Math.floor(now / SECOND),
    ath: createHash('sha256').update(accessToken).digest('base64url'),
  };
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: by.jwk, ...header })
    .sign(by.privateKey);
}

function guard() {
  now = START;
  return new Guard({ issuer, clientId: 'reading-room', origin: ORIGIN, now: () => now });
}

/** What a guard says to a token with a proof. */
function ask(door = guard(), accessToken = '', proved = '') {
  const authorization = `DPoP ${accessToken}`;
  return door.admit({ method: 'GET', path: '/articles', authorization, proof: proved });
}

/** The word of the challenge, or that it came in. */
async function verdict(asked = ask()) {
  try {
    await asked;
    return 'in';
  } catch (error) {
    if (error instanceof Refused)
      return /error="(\w+)"/.exec(error.challenge)?.[1] ?? 'nothing sent';
    throw error;
  }
}

test('a token of this site with a proof by its key comes in, and says who it is', async () => {
  const good = await token();
  const claims = await ask(guard(), good, await proof(good));
  assert.equal(claims.sub, 'anna');
});

describe('the token', () => {
  const outOfTime = Math.floor(START / SECOND);
  const wrong = {
    'of another issuer': [{ iss: 'https://login.example' }],
    'for another site': [{ aud: 'shop' }],
    'without an audience': [{ aud: undefined }],
    'that is over': [{ exp: outOfTime }],
    'without an end': [{ exp: undefined }],
    'without a key': [{ cnf: undefined }],
    'bound in another way': [{ cnf: { device_id: desktop.thumbprint } }],
    'of another kind': [{}, { typ: 'JWT' }],
    'signed by somebody else': [{}, {}, foreignKey.privateKey],
    'of an unknown key': [{}, { kid: 'two' }],
  };
  for (const [name, [claims, header, key]] of Object.entries(wrong)) {
    test(`${name} stays out`, async () => {
      const bad = await token(claims, header, /** @type {any} */ (key));
      assert.equal(await verdict(ask(guard(), bad, await proof(bad))), 'invalid_token');
    });
  }

  test('without a signature stays out', async () => {
    const [, payload] = (await token()).split('.');
    const head = Buffer.from('{"typ":"at+jwt","alg":"none"}').toString('base64url');
    const bad = `${head}.${payload}.`;
    assert.equal(await verdict(ask(guard(), bad, await proof(bad))), 'invalid_token');
  });

  test('is over when its time is, with a fresh proof, too', async () => {
    const door = guard();
    const good = await token();
    assert.equal(await verdict(ask(door, good, await proof(good))), 'in');
    now += 600 * SECOND;
    assert.equal(await verdict(ask(door, good, await proof(good))), 'invalid_token');
  });

  test('as a bearer token, or not at all, stays out', async () => {
    const good = await token();
    const made = { method: 'GET', path: '/articles', proof: await proof(good) };
    const come = (/** @type {string | undefined} */ authorization) =>
      verdict(guard().admit({ ...made, authorization }));
    assert.equal(await come(`Bearer ${good}`), 'invalid_token');
    assert.equal(await come(`DPoP ${good} ${good}`), 'invalid_token');
    assert.equal(await come('DPoP '), 'invalid_token');
    assert.equal(await come(undefined), 'nothing sent');
  });
});

describe('the proof', () => {
  const wrong = {
    'for another method': [{ htm: 'POST' }],
    'for another place': [{ htu: `${ORIGIN}/other` }],
    'for another site': [{ htu: 'https://evil.example/articles' }],
    'for another token': [{ ath: createHash('sha256').update('other').digest('base64url') }],
    'for no token': [{ ath: undefined }],
    'without an id': [{ jti: undefined }],
    'with an endless id': [{ jti: 'x'.repeat(257) }],
    'without a time': [{ iat: undefined }],
    'from yesterday': [{ iat: Math.floor(START / SECOND) - 66 }],
    'from tomorrow': [{ iat: Math.floor(START / SECOND) + 6 }],
    'of another kind': [{}, { typ: 'JWT' }],
  };
  for (const [name, [claims, header]] of Object.entries(wrong)) {
    test(`${name} stays out`, async () => {
      const good = await token();
      const bad = await proof(good, claims, header);
      assert.equal(await verdict(ask(guard(), good, bad)), 'invalid_dpop_proof');
    });
  }

  test('by another key stays out: the token was copied', async () => {
    const good = await token();
    const thief = await proof(good, {}, {}, await device());
    assert.equal(await verdict(ask(guard(), good, thief)), 'invalid_token');
  });

  test('with the key in its head and the signature of another stays out', async () => {
    const good = await token();
    const forged = await proof(good, {}, {}, { ...(await device()), jwk: desktop.jwk });
    assert.equal(await verdict(ask(guard(), good, forged)), 'invalid_dpop_proof');
  });

  test('is good once, for as long as it would be good', async () => {
    const door = guard();
    const good = await token();
    const ahead = await proof(good, { iat: Math.floor(START / SECOND) + 5 });
    assert.equal(await verdict(ask(door, good, ahead)), 'in');
    now += 70 * SECOND + 999;
    assert.equal(await verdict(ask(door, good, ahead)), 'invalid_dpop_proof');
    assert.equal(await verdict(ask(door, good, await proof(good))), 'in');
  });

  test('is needed', async () => {
    const good = await token();
    assert.equal(await verdict(ask(guard(), good)), 'invalid_dpop_proof');
  });
});

test('an issuer that gives no keys is no refusal, and lets nobody in', async () => {
  const good = await token();
  const right = jwks;
  jwks = /** @type {any} */ ({ no: 'keys' });
  try {
    await assert.rejects(
      ask(guard(), good, await proof(good)),
      error => !(error instanceof Refused),
    );
  } finally {
    jwks = right;
  }
});
