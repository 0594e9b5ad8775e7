/** Chromium's virtual authenticator: what a phone's own passkeys are, without a finger. */

import type { Page } from 'playwright-core';

export interface Authenticator {
  /** Ids of the passkeys that it keeps. */
  kept(): Promise<string[]>;
  /** Whether its person is there and willing. */
  willing(is: boolean): Promise<void>;
}

/** Gives the page's browser an authenticator that knows its person. */
export async function giveAuthenticator(page: Page): Promise<Authenticator> {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return {
    kept: async () => {
      const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId });
      return credentials.map(({ credentialId }) => credentialId);
    },
    willing: async isUserVerified => {
      await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified });
    },
  };
}
