import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../src/bytes.ts';
import {
  generateDeviceKey,
  type PublicJwk,
  parseScanCode,
  rotationMac,
  thumbprint,
} from '../src/index.ts';
import { makeProof } from '../src/proof.ts';

interface Vectors {
  rotation: { rotation_key: string; login_id: string; step: number; mac: string; url: string }[];
  thumbprint: { jwk: PublicJwk; jkt: string }[];
  ath: { access_token: string; ath: string }[];
}

const vectors: Vectors = JSON.parse(
  readFileSync(new URL('../../../tests/vectors.json', import.meta.url), 'utf8'),
);

describe('the shared test vectors', () => {
  test.each(vectors.rotation)('rotation step $step gives its MAC', async vector => {
    const { rotation_key, login_id, step, mac, url } = vector;
    expect(await rotationMac(rotation_key, login_id, step)).toBe(mac);
    expect(parseScanCode(url, 'https://login.example').scan).toBe(`${login_id}.${mac}`);
  });

  test.each(vectors.thumbprint)('the key of RFC 9449 has its thumbprint', async vector => {
    expect(await thumbprint(vector.jwk)).toBe(vector.jkt);
  });

  test.each(vectors.ath)('a proof carries the hash of its access token', async vector => {
    const { access_token, ath } = vector;
    expect(await sha256(access_token)).toBe(ath);
    const key = await generateDeviceKey();
    const request = {
      method: 'GET',
      url: 'https://login.example/v1/me',
      accessToken: access_token,
    };
    const [, payload] = (await makeProof(key, request)).split('.');
    expect(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()).ath).toBe(ath);
  });
});
