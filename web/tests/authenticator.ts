/** A browser and a server that know passkeys; the authenticator answers as the test says. */

import { vi } from 'vitest';

export interface Ceremony {
  mediation?: string;
  signal?: AbortSignal;
  answer: (response: object) => void;
  refuse: (name: string) => void;
}

/** What the browser was asked, in order; each waits until it is answered or aborted. */
export function authenticator(): Ceremony[] {
  const asked: Ceremony[] = [];
  const ceremony = (options: { mediation?: string; signal?: AbortSignal }) =>
    new Promise((resolve, reject) => {
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason));
      asked.push({
        ...options,
        answer: response => resolve({ toJSON: () => response }),
        refuse: name => reject(new DOMException('said the browser', name)),
      });
    });
  const parsed = (options: object) => options;
  vi.stubGlobal('PublicKeyCredential', {
    parseRequestOptionsFromJSON: parsed,
    parseCreationOptionsFromJSON: parsed,
    isConditionalMediationAvailable: async () => true,
  });
  vi.stubGlobal('isSecureContext', true);
  Object.defineProperty(navigator, 'credentials', {
    value: { get: ceremony, create: ceremony },
    configurable: true,
  });
  const meta = document.createElement('meta');
  meta.name = 'countersign-passkeys';
  meta.content = 'on';
  document.head.append(meta);
  return asked;
}

/** Takes it all away again. */
export function withoutAuthenticator(): void {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, 'credentials');
  document.head.replaceChildren();
}
