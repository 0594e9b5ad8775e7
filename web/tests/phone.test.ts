import { connect, generateDeviceKey, type StoredSession } from '@countersign/browser';
import { beforeEach, expect, test, vi } from 'vitest';
import { Phone } from '../src/phone/flow.ts';
import { Stage } from '../src/stage.ts';
import { blankPage, find } from './page.ts';

beforeEach(blankPage);

const kept: StoredSession = {
  clientId: 'countersign',
  accessToken: 'a',
  refreshToken: 'r',
  account: { id: '1', name: 'Anna' },
  device: undefined,
};

/** A phone that is signed in, at a server that cannot be reached. */
async function phone(clear: () => Promise<void>) {
  const store = { name: 'phone', load: async () => kept, save: async () => undefined, clear };
  const connection = connect({
    issuer: 'https://login.example',
    key: await generateDeviceKey(),
    fetch: async () => {
      throw new TypeError('failed to fetch');
    },
  });
  const storage = { deviceKey: generateDeviceKey, sessions: () => store };
  await new Phone(
    { stage: new Stage(), connection, storage, host: 'login.example' },
    false,
  ).start();
  await vi.waitFor(() => find(document, 'Sign out').click());
}

const heading = () => document.querySelector('h1')?.textContent;

test('signing out leads to the sign-in, though the server cannot be told', async () => {
  const clear = vi.fn(async () => undefined);
  await phone(clear);
  await vi.waitFor(() => find(document, 'input[type=password]'));
  expect(clear).toHaveBeenCalled();
});

test('tokens that cannot be cleared are said to be still there', async () => {
  await phone(() => Promise.reject(new Error('the disk is full')));
  await vi.waitFor(() => expect(heading()).toBe('That did not work'));
  find(document, 'Try again').click();
  await vi.waitFor(() => find(document, 'Sign out'));
});
