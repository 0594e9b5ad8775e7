/** DPoP proofs (RFC 9449 §4.2). Knows the key and the request, not how it is sent. */

import { sha256 } from './bytes.ts';
import { type DeviceKey, signJwt } from './key.ts';

/** The request that a proof is for. */
export interface ProofOf {
  method: string;
  /** Issuer and path, without query and fragment. */
  url: string;
  /** The access token sent with it, if any. */
  accessToken?: string | undefined;
  /** The nonce that the server gave last, if any. */
  nonce?: string | undefined;
}

/** Makes a proof for one request. Each has an id of its own and is good once. */
export async function makeProof(
  key: DeviceKey,
  request: ProofOf,
  now: () => number = Date.now,
): Promise<string> {
  const payload = {
    jti: crypto.randomUUID(),
    htm: request.method,
    htu: request.url,
    iat: Math.floor(now() / 1000),
    ...(request.accessToken && { ath: await sha256(request.accessToken) }),
    ...(request.nonce && { nonce: request.nonce }),
  };
  return signJwt(key, { typ: 'dpop+jwt', alg: 'ES256', jwk: key.jwk }, payload);
}
