/**
 * Lets a request in if it brings an access token for this site *and* a proof by the key that the token is bound to
 * (DPoP, RFC 9449 §7). Copy this file. It knows neither an HTTP server nor what is behind the door.
 */

import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, createRemoteJWKSet, EmbeddedJWK, errors, jwtVerify } from 'jose';

/** Seconds for which a proof is good, and by how much clocks may differ. */
const PROOF_LIFE = 60;
const TOLERANCE = 5;

/** Proofs that are remembered at once. Beyond it requests are turned away: a forgotten proof could be used again. */
const PROOFS_MAX = 100_000;

/** What `jose` says when it is not the token that is wrong but the issuer that can't be asked. */
const UNREACHABLE = ['ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID', 'ERR_JOSE_GENERIC'];

/** A request that may not come in: answer 401, with `challenge` as `WWW-Authenticate`. */
export class Refused extends Error {
  /** @param {'invalid_token' | 'invalid_dpop_proof'} [error] none when nothing was sent (RFC 6750 §3.1) */
  constructor(error) {
    super(error ?? 'no token');
    this.challenge = `DPoP ${error ? `error="${error}", ` : ''}algs="ES256"`;
  }
}

/**
 * @typedef {object} Options
 * @property {string} issuer   the Countersign server
 * @property {string} clientId what this site is registered as there: the audience of its tokens
 * @property {string} origin   this site's own address, as browsers see it
 * @property {() => number} [now] milliseconds since 1970
 * @typedef {{ method: string, path: string, authorization: string | undefined, proof: string | undefined }} Asked
 */

export class Guard {
  #options;
  #now;
  #keys;
  /** @type {Map<string, number>} proofs that were used, with the second from which nobody would take them anyway */
  #used = new Map();

  /** @param {Options} options */
  constructor(options) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    // Fetched when first needed and kept; an unknown key makes it look again, at most twice a minute.
    this.#keys = createRemoteJWKSet(new URL('/oauth/jwks', options.issuer));
  }

  /**
   * Gives the token's claims: `sub` is the account, `client_id`, `scope`, `device`, `role`, `amr` tell the rest.
   * Throws `Refused`, and anything else when it can't know: then answer 503, never let in.
   * @param {Asked} asked
   */
  async admit(asked) {
    const [scheme, token, ...more] = (asked.authorization ?? '').split(' ');
    if (!asked.authorization) throw new Refused();
    // A token that is bound to a key and comes as `Bearer` was taken from somebody, or soon would be.
    if (scheme?.toLowerCase() !== 'dpop' || !token || more.length > 0) {
      throw new Refused('invalid_token');
    }
    const claims = await this.#token(token);
    await this.#proof(asked, token, claims);
    return claims;
  }

  /** @param {string} token */
  async #token(token) {
    const { issuer, clientId } = this.#options;
    const checks = {
      issuer,
      audience: clientId, // else the token of any other site of this issuer would open the door
      typ: 'at+jwt', // nor may any other JWT that the issuer's key signs (RFC 9068 §4)
      algorithms: ['ES256'], // never what the token itself proposes
      requiredClaims: ['exp', 'sub', 'cnf'],
      currentDate: new Date(this.#now()),
    };
    const { payload } = await verified('invalid_token', () => jwtVerify(token, this.#keys, checks));
    return payload;
  }

  /**
   * RFC 9449 §4.3.
   * @param {Asked} asked
   * @param {string} token
   * @param {import('jose').JWTPayload} claims
   */
  async #proof({ method, path, proof }, token, claims) {
    const checks = {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      maxTokenAge: PROOF_LIFE,
      clockTolerance: TOLERANCE,
      currentDate: new Date(this.#now()),
    };
    const { payload, protectedHeader } = await verified('invalid_dpop_proof', () =>
      jwtVerify(proof ?? '', EmbeddedJWK, checks),
    );
    const bound = /** @type {{ jkt?: unknown }} */ (claims.cnf).jkt;
    const key = await calculateJwkThumbprint(
      /** @type {import('jose').JWK} */ (protectedHeader.jwk),
    );
    // Whoever copied the token has another key.
    if (typeof bound !== 'string' || key !== bound) throw new Refused('invalid_token');
    const { jti, htm, htu, ath } = payload;
    const right =
      htm === method && // made for this very request…
      htu === this.#options.origin + path && // …of this very site: another site can't pass it on
      ath === createHash('sha256').update(token).digest('base64url') && // …with this very token
      typeof jti === 'string' &&
      jti.length > 0 &&
      jti.length <= 256;
    if (!right) throw new Refused('invalid_dpop_proof');
    this.#useUp(`${key} ${jti}`);
  }

  /**
   * Each proof is good once, so that one overheard is worth nothing. A site on several machines keeps this in a place
   * that they share.
   * @param {string} name
   */
  #useUp(name) {
    const now = this.#now() / 1000;
    for (const [old, until] of this.#used) {
      if (until > now) break; // oldest first
      this.#used.delete(old);
    }
    if (this.#used.has(name)) throw new Refused('invalid_dpop_proof');
    if (this.#used.size >= PROOFS_MAX) throw new Error('too many requests at once');
    // Its `iat` may be ahead of our clock by the tolerance, late by as much, and is compared in whole seconds.
    this.#used.set(name, now + PROOF_LIFE + 2 * TOLERANCE + 1);
  }
}

/**
 * Runs a verification; what is wrong with the JWT becomes a refusal.
 * @template T
 * @param {'invalid_token' | 'invalid_dpop_proof'} error
 * @param {() => Promise<T>} verify
 */
async function verified(error, verify) {
  try {
    return await verify();
  } catch (cause) {
    if (cause instanceof errors.JOSEError && !UNREACHABLE.includes(cause.code)) {
      throw new Refused(error);
    }
    throw cause;
  }
}
