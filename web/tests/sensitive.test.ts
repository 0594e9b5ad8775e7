import { CountersignError, type ErrorCode, type Session } from '@countersign/browser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { sensitively } from '../src/sensitive.ts';
import { authenticator, type Ceremony, withoutAuthenticator } from './authenticator.ts';
import { blankPage, find } from './page.ts';

beforeEach(blankPage);
afterEach(withoutAuthenticator);

const refusal = (code: ErrorCode, retryAfter?: number) =>
  new CountersignError(code, { status: 403, ...(retryAfter && { retryAfter }) });

/** An act that wants the password first, at a server that answers `verify` with these in order. */
function act(...answers: (object | Error)[]) {
  let verified = false;
  const sendForJson = vi.fn(async () => {
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    verified = true;
    return answer;
  });
  const done = vi.fn(async () => {
    if (!verified) throw refusal('verification_required');
    return 'done';
  });
  const session = { account: { id: '1', name: 'Anna', login: 'anna' }, sendForJson };
  return { result: sensitively(session as unknown as Session, done), done, sendForJson };
}

async function give(password: string): Promise<void> {
  await vi.waitFor(() => find(document, 'dialog'));
  find<HTMLInputElement>(document, '#verify').value = password;
  find(document, 'Go on').click();
}

const said = () => document.querySelector('dialog .message')?.textContent;

describe('an act that wants the password', () => {
  test('is done once it was given', async () => {
    const { result, done, sendForJson } = act({ verified_for: 300 });
    await give('right');
    expect(await result).toEqual({ done: 'done' });
    expect(done).toHaveBeenCalledTimes(2);
    expect(sendForJson.mock.calls[0]).toMatchObject([
      'POST',
      '/v1/sessions/current/verify',
      { json: { password: 'right' } },
    ]);
    expect(document.querySelector('dialog')).toBeNull();
  });

  test('says in place that it was wrong, or too often, and takes another try', async () => {
    const { result } = act(refusal('invalid_credentials'), refusal('slow_down', 7), {});
    await give('');
    await vi.waitFor(() => expect(said()).toBe('Please fill in every field.'));
    await give('wrong');
    await vi.waitFor(() => expect(said()).toBe('That is not your password.'));
    expect(find(document, '#verify').getAttribute('aria-invalid')).toBe('true');
    await give('wrong');
    await vi.waitFor(() => expect(said()).toBe('Too many tries. Try again in 7 s.'));
    await give('right');
    expect(await result).toEqual({ done: 'done' });
  });

  test('is not done when the dialog is left', async () => {
    const { result, done, sendForJson } = act();
    await vi.waitFor(() => find(document, 'Cancel').click());
    expect(await result).toBeUndefined();
    expect(done).toHaveBeenCalledOnce();
    expect(sendForJson).not.toHaveBeenCalled();
    expect(document.querySelector('dialog')).toBeNull();
  });

  test('ends with the session', async () => {
    const { result } = act(refusal('signed_out'));
    const failed = expect(result).rejects.toMatchObject({ code: 'signed_out' });
    await give('right');
    await failed;
    expect(document.querySelector('dialog')).toBeNull();
  });
});

describe('where the account has a passkey', () => {
  /** A session of an account with one, at a server that takes it. */
  function session(account: object) {
    const sent: unknown[] = [];
    let verified = false;
    const sendForJson = async (_method: string, path: string, { json = {} } = {}) => {
      if (path === '/v1/passkeys/options') return { challenge: 'c', options: {} };
      sent.push(json);
      verified = true;
      return {};
    };
    const me = async () => ({ account });
    const done = async () => {
      if (!verified) throw refusal('verification_required');
      return 'done';
    };
    const asking = { account: { id: '1', name: 'Anna' }, sendForJson, me } as unknown as Session;
    return { result: sensitively(asking, done), sent };
  }

  const used = (ceremonies: Ceremony[], count: number) =>
    vi.waitFor(() => {
      find(document, 'Use your passkey').click();
      expect(ceremonies).toHaveLength(count);
    });

  test('that is asked for first, again if nothing came of it', async () => {
    const ceremonies = authenticator();
    const { result, sent } = session({ passkeys: 1, has_password: false });
    await used(ceremonies, 1);
    ceremonies[0]?.refuse('NotAllowedError');
    await vi.waitFor(() => expect(said()).toMatch(/No passkey was used/));
    expect(() => find(document, 'Give the password instead')).toThrow();
    await used(ceremonies, 2);
    ceremonies[1]?.answer({ id: 'used' });
    expect(await result).toEqual({ done: 'done' });
    expect(sent).toEqual([{ passkey: { challenge: 'c', response: { id: 'used' } } }]);
  });

  test('the password is one press away', async () => {
    authenticator();
    const { result, sent } = session({ passkeys: 1, has_password: true });
    await vi.waitFor(() => find(document, 'Give the password instead').click());
    expect(document.activeElement?.id).toBe('verify');
    await give('right');
    expect(await result).toEqual({ done: 'done' });
    expect(sent).toEqual([{ password: 'right' }]);
  });

  test('an account without one is asked for its password', async () => {
    authenticator();
    const { result } = session({ passkeys: 0, has_password: true });
    await give('right');
    expect(await result).toEqual({ done: 'done' });
  });
});

test('an act that is refused for another reason asks nobody anything', async () => {
  const session = {} as Session;
  const failed = sensitively(session, () => Promise.reject(refusal('not_found')));
  await expect(failed).rejects.toMatchObject({ code: 'not_found' });
  expect(document.querySelector('dialog')).toBeNull();
});
