/** The device's key: what proves that a request comes from this device. Knows no HTTP. */

import { sha256, toBase64Url, utf8 } from './bytes.ts';

const ES256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** The public half of an ES256 key. */
export interface PublicJwk {
  kty: 'EC';
  crv: 'P-256';
  x: string;
  y: string;
}

/** A signing key of this device. The private half can't be read out, not even by this page. */
export interface DeviceKey {
  privateKey: CryptoKey;
  jwk: PublicJwk;
  /** RFC 7638 thumbprint of the public key (`jkt`). */
  thumbprint: string;
}

/** Makes a new non-extractable ES256 key. */
export async function generateDeviceKey(): Promise<DeviceKey> {
  // WebCrypto: `extractable` speaks of the private half only; a public key can always be exported.
  const pair = await crypto.subtle.generateKey(ES256, false, ['sign', 'verify']);
  const { x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' };
  return { privateKey: pair.privateKey, jwk, thumbprint: await thumbprint(jwk) };
}

/** RFC 7638 §3.2: SHA-256 over the required members in lexical order, as base64url. */
export function thumbprint(jwk: PublicJwk): Promise<string> {
  return sha256(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }));
}

/** Signs a JWT (RFC 7515 compact form) with ES256. */
export async function signJwt(key: DeviceKey, header: object, payload: object): Promise<string> {
  const input = [header, payload].map(part => toBase64Url(utf8(JSON.stringify(part)))).join('.');
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' };
  const signature = await crypto.subtle.sign(algorithm, key.privateKey, utf8(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}
