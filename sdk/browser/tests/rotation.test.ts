import { describe, expect, test } from 'vitest';
import { type CreatedLogin, Rotation, rotationMac } from '../src/index.ts';

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
const LOGIN = 'AAECAwQFBgcICQoLDA0ODw';

function rotation(seconds = 30, turnsIn = 12) {
  let now = 1000;
  const login: CreatedLogin = {
    login_id: LOGIN,
    device_code: 'd',
    scan: {
      url: 'https://login.example/q',
      rotation_key: KEY,
      rotate_seconds: seconds,
      rotation_step: 4,
      rotate_in: turnsIn,
    },
    expires_in: 300,
    interval: 5,
  };
  const subject = new Rotation(login, () => now);
  return {
    subject,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe('a rotating code', () => {
  test('turns when its time is up, and then each period', () => {
    const { subject, pass } = rotation();
    expect([subject.step, subject.turnsIn]).toEqual([4, 12_000]);
    pass(11_999);
    expect([subject.step, subject.turnsIn]).toEqual([4, 1]);
    pass(1);
    expect([subject.step, subject.turnsIn]).toEqual([5, 30_000]);
    pass(75_000);
    expect([subject.step, subject.turnsIn]).toEqual([7, 15_000]);
  });

  test('believes the newest answer, whatever its own clock did', () => {
    const { subject, pass } = rotation();
    pass(3_600_000);
    subject.update({ rotation_step: 6, rotate_in: 7 });
    expect([subject.step, subject.turnsIn]).toEqual([6, 7_000]);
  });

  test('keeps its step when an answer says nothing of it', () => {
    const { subject } = rotation();
    subject.update({});
    expect(subject.step).toBe(4);
  });

  test('draws the link of the current step', async () => {
    const { subject, pass } = rotation();
    pass(12_000);
    const mac = await rotationMac(KEY, LOGIN, 5);
    expect(await subject.url()).toBe(`https://login.example/q#${LOGIN}.${mac}`);
  });
});

test('a code that stands still never turns', () => {
  const { subject, pass } = rotation(0, 0);
  pass(10_000_000);
  expect([subject.step, subject.turnsIn]).toEqual([4, undefined]);
});

test.each([
  ['', LOGIN, 0],
  [KEY, 'AAEC', 0],
  [KEY, LOGIN, -1],
  [KEY, LOGIN, 1.5],
])('a malformed part is refused (%j, %j, %j)', async (key, login, step) => {
  await expect(rotationMac(key, login, step)).rejects.toMatchObject({ code: 'bad_answer' });
});
