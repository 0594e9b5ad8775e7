import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  addPasskey,
  confirm,
  createLogin,
  listPasskeys,
  makePasskey,
  memoryStore,
  nextActivity,
  passkeysSupported,
  provePasskey,
  removePasskey,
  renamePasskey,
  Session,
  signIn,
  signInHere,
  usePasskey,
} from '../src/index.ts';
import { type Answer, json, problem, standIn } from './server.ts';

const OPTIONS = { challenge: 'sealed', expires_in: 300, options: { challenge: 'random' } };

/** A browser whose authenticator answers like this. */
function browser(answer: () => Promise<unknown>) {
  const asked: unknown[] = [];
  const ceremony = (options: unknown) => {
    asked.push(options);
    return answer();
  };
  vi.stubGlobal('navigator', { credentials: { get: ceremony, create: ceremony } });
  return asked;
}

const answers = (response: object) => async () => ({ toJSON: () => response });

beforeEach(() => {
  const parsed = (options: object) => ({ ...options, parsed: true });
  vi.stubGlobal('PublicKeyCredential', {
    parseRequestOptionsFromJSON: parsed,
    parseCreationOptionsFromJSON: parsed,
  });
  vi.stubGlobal('isSecureContext', true);
});
afterEach(() => vi.unstubAllGlobals());

async function signedIn(...given: Answer[]) {
  const server = await standIn(...given);
  const tokens = { access_token: 'a', token_type: 'DPoP', expires_in: 600 };
  const session = await Session.begin(server.connection, memoryStore(), 'countersign', tokens);
  return { ...server, session };
}

describe('a passkey', () => {
  test('signs a phone in: challenge, authenticator, session', async () => {
    const asked = browser(answers({ id: 'k' }));
    const { connection, asked: sent } = await standIn(json(OPTIONS), json({}, 201));
    const passkey = await provePasskey(connection, 'sign-in');
    expect(passkey).toEqual({ challenge: 'sealed', response: { id: 'k' } });
    expect(asked).toEqual([{ publicKey: { challenge: 'random', parsed: true } }]);
    await signIn(connection, { passkey, device: { kind: 'browser' } });
    expect(sent.map(({ path, json: body }) => [path, body])).toEqual([
      ['/v1/passkeys/options', { purpose: 'sign-in' }],
      ['/v1/sessions', { passkey, device: { kind: 'browser' } }],
    ]);
    expect(sent.every(({ proof, headers }) => proof && !headers.has('Authorization'))).toBe(true);
  });

  test('signs this browser in as a computer', async () => {
    const { connection, asked } = await standIn(json({}, 201));
    const passkey = { challenge: 'sealed', response: {} as AuthenticationResponseJSON };
    await signInHere(connection, { passkey, device: { kind: 'browser' } });
    expect(asked[0]?.json).toMatchObject({ passkey, role: 'desktop' });
  });

  test('is offered by the browser in a field, until that is aborted', async () => {
    const left = new AbortController();
    const asked = browser(
      () =>
        new Promise((_resolve, reject) => {
          left.signal.addEventListener('abort', () => reject(left.signal.reason));
        }),
    );
    const { connection } = await standIn(json(OPTIONS));
    const offered = provePasskey(connection, 'sign-in', {
      signal: left.signal,
      mediation: 'conditional',
    });
    await vi.waitFor(() => expect(asked).toMatchObject([{ mediation: 'conditional' }]));
    left.abort();
    await expect(offered).rejects.toBe(left.signal.reason);
  });

  test('is made and given to the account, by a phone’s token or a computer’s cookie', async () => {
    browser(answers({ id: 'new' }));
    const { session, connection, asked } = await signedIn(
      json(OPTIONS),
      json({ id: '1' }, 201),
      json(OPTIONS),
      json({ id: '2' }, 201),
    );
    await addPasskey(session, await makePasskey(session, 'add'), 'My phone');
    await addPasskey(connection, await makePasskey(connection, 'add'));
    const made = { challenge: 'sealed', response: { id: 'new' } };
    expect(asked.map(request => request.json)).toEqual([
      { purpose: 'add' },
      { ...made, name: 'My phone' },
      { purpose: 'add' },
      made,
    ]);
    const tokens = asked.map(({ headers }) => headers.get('Authorization'));
    expect(tokens).toEqual(['DPoP a', 'DPoP a', null, null]);
    expect(asked.every(({ proof }) => proof)).toBe(true);
  });

  test('of a new account is made by its invitation', async () => {
    browser(answers({ id: 'new' }));
    const { connection, asked } = await standIn(json(OPTIONS));
    await makePasskey(connection, 'invitation', { invitation: 'i' });
    expect(asked[0]?.json).toEqual({ purpose: 'invitation', invitation: 'i' });
  });

  test.each([
    ['NotAllowedError', 'passkey_cancelled'],
    ['InvalidStateError', 'passkey_known'],
    ['SecurityError', 'passkey_failed'],
    ['NotSupportedError', 'passkey_failed'],
  ])('%s of the browser is %s', async (name, code) => {
    browser(() => Promise.reject(new DOMException('said the browser', name)));
    await expect(usePasskey({ challenge: 'random' })).rejects.toMatchObject({ code });
  });

  test('that nobody chose is one that was not used', async () => {
    browser(async () => null);
    await expect(usePasskey({ challenge: 'random' })).rejects.toMatchObject({
      code: 'passkey_cancelled',
    });
  });

  test('is supported where the browser reads what travels, in a secure place', () => {
    expect(passkeysSupported()).toBe(true);
    vi.stubGlobal('isSecureContext', false);
    expect(passkeysSupported()).toBe(false);
    vi.stubGlobal('isSecureContext', true);
    vi.stubGlobal('PublicKeyCredential', {});
    expect(passkeysSupported()).toBe(false);
    vi.stubGlobal('PublicKeyCredential', undefined);
    expect(passkeysSupported()).toBe(false);
  });
});

test('the list of passkeys is read and kept in order', async () => {
  const { session, asked } = await signedIn(
    json({ passkeys: [] }),
    json({}),
    new Response(null, { status: 204 }),
  );
  await listPasskeys(session);
  await renamePasskey(session, 'a/b', 'Key');
  await removePasskey(session, 'a/b');
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /v1/passkeys',
    'PATCH /v1/passkeys/a%2Fb',
    'DELETE /v1/passkeys/a%2Fb',
  ]);
});

test('an act and whose approval is expected go with the login; the assertion with the decision', async () => {
  const { session, connection, asked } = await signedIn(json({}, 201), json({}));
  const device = { kind: 'browser' } as const;
  await createLogin(connection, { clientId: 'c', device, act: 'add_passkey', loginHint: 'anna' });
  const assertion = { id: 'k' } as AuthenticationResponseJSON;
  await confirm(session, { ticket: 't', context_digest: 'd' }, { keep: false, assertion });
  expect(asked[0]?.json).toMatchObject({ act: 'add_passkey', login_hint: 'anna' });
  expect(asked[1]?.json).toMatchObject({ ticket: 't', keep: false, assertion });
});

test('news of the account are held for by the server', async () => {
  const { session, asked } = await signedIn(json({ entries: [] }));
  await nextActivity(session, 7);
  expect(asked[0]?.path).toBe('/v1/activity?after=7');
  expect(asked[0]?.headers.get('Prefer')).toBe('wait=25');
});

test('a refusal says what stands against a sign-in, and whether there is a passkey', async () => {
  const { connection } = await standIn(
    problem(403, 'not_allowed_here', { reason: 'far' }),
    problem(403, 'passkey_required', { has_passkey: false }),
  );
  const ask = () => createLogin(connection, { clientId: 'c', device: { kind: 'browser' } });
  await expect(ask()).rejects.toMatchObject({ notAllowed: 'far', reason: undefined });
  await expect(ask()).rejects.toMatchObject({ hasPasskey: false });
});
