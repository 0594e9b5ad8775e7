import type { ScanAnswer } from '@countersign/browser';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { approvalView } from '../src/phone/approval.ts';
import { checkCodeView } from '../src/phone/check-code.ts';
import { CodeInput, digitsOf } from '../src/sign-in/code-input.ts';
import { CodeView } from '../src/sign-in/qr.ts';
import { Stage } from '../src/stage.ts';
import { Deadline } from '../src/time.ts';
import { blankPage, find } from './page.ts';

beforeEach(() => {
  vi.useFakeTimers();
  blankPage();
});
afterEach(() => {
  vi.useRealTimers();
});

const request: ScanAnswer = {
  ticket: 't',
  expires_in: 120,
  version: 2,
  context_digest: 'd',
  approval: 'code',
  durations: { default_seconds: 28_800, keep_seconds: 2_592_000 },
  context: {
    client: { name: 'Shop', host: 'shop.example', verified: false },
    browser: 'Firefox',
    os: 'Windows',
    network: 'unknown',
    requested_at: 0,
    age_seconds: 12,
    desktop: 'new',
    scopes: [{ name: 'openid', text: 'Know who you are' }],
    duration_seconds: 28_800,
    strangers: 0,
    opened_by: 'scanner',
  },
};

function approval(context: Partial<ScanAnswer['context']> = {}, more: Partial<ScanAnswer> = {}) {
  const proceed = vi.fn();
  const decline = vi.fn();
  const deadline = new Deadline(120);
  const view = approvalView({
    answer: { ...request, ...more, context: { ...request.context, ...context } },
    accountName: 'Anna',
    deadline: () => deadline,
    changes: undefined,
    proceed,
    decline,
  });
  new Stage().show(view.root, { focus: view.decline });
  return { ...view, proceed, decline, text: () => view.root.textContent ?? '' };
}

describe('the approval screen', () => {
  test('says who asks, from where, when, for what, for how long and for whom', () => {
    const { text } = approval();
    for (const words of [
      'Sign in to Shop?',
      'shop.example',
      'Firefox on Windows',
      'as it says itself',
      'New: never signed in to your account before',
      'A different network (usual on mobile data)',
      '12 seconds ago',
      'Know who you are',
      '8 hours',
      'Anna',
      'Continue only if you opened shop.example yourself on a computer in front of you.',
      'Support will never ask you to scan.',
    ]) {
      expect(text()).toContain(words);
    }
  });

  test('has the focus on Decline, and Continue asleep for two seconds', () => {
    const { root, proceed } = approval();
    const go = find<HTMLButtonElement>(root, 'Continue');
    expect(document.activeElement?.textContent).toBe('Decline');
    go.click();
    vi.advanceTimersByTime(1999);
    go.click();
    expect(proceed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    go.click();
    expect(proceed).toHaveBeenCalledExactlyOnceWith(false, undefined);
  });

  test('keeps the computer signed in only when asked to, and says for how long', () => {
    const { root, proceed, text } = approval();
    find<HTMLInputElement>(root, '#keep').click();
    expect(text()).toContain('Lasts30 days');
    vi.advanceTimersByTime(2000);
    find(root, 'Continue').click();
    expect(proceed).toHaveBeenCalledExactlyOnceWith(true, undefined);
  });

  test.each([
    ['Decline', false],
    ['I didn’t start this', true],
  ])('%s declines, with report: %s', (label, report) => {
    const { root, decline } = approval();
    find(root, label).click();
    expect(decline).toHaveBeenCalledExactlyOnceWith(report);
  });

  test('warns of strangers as they come', () => {
    const { alert, text } = approval();
    expect(text()).not.toContain('scanned this code too');
    alert({ strangers: 1, moved: false });
    expect(text()).toContain('Somebody else scanned this code too');
    alert({ strangers: 2, moved: true });
    expect(text()).toContain('2 other people scanned this code too');
    expect(text()).toContain('That computer’s network changed since it showed the code.');
  });

  test('says so when there is no host, when it is far, and when a page opened it', () => {
    const { text } = approval({
      client: { name: 'Tool', verified: false },
      network: 'far',
      opened_by: 'cross-site-link',
    });
    expect(text()).toContain('A program, not a web page');
    expect(text()).toContain('That computer is somewhere else, far from this phone.');
    expect(text()).toContain('Another page or app opened this for you');
  });

  test.each([
    [{ country: 'DE', region: 'Berlin' }, 'near Berlin, Germany (by its address)'],
    [{ country: 'FR' }, 'in France (by its address)'],
    [{ country: '??' }, 'in ?? (by its address)'],
  ])('names the place %o', (place, words) => {
    expect(approval({ place }).text()).toContain(`Place${words}`);
  });

  test('warns of what is unusual, each in its words', () => {
    const { text } = approval({
      network: 'far',
      place: { country: 'BR' },
      flags: ['many_accounts', 'desktop_moved', 'something_new'],
    });
    expect(text()).toContain('That computer is in Brazil, far from this phone.');
    expect(text()).toContain('asked several people to sign in lately');
    expect(text()).toContain('network changed since it showed the code');
    expect(text()).toContain('Something about that computer is unusual.');
    expect(approval().root.querySelector('.callout')).toBeNull();
  });

  test('says how the code came', () => {
    expect(approval().text()).toContain('Came byThe scanner');
    expect(approval({ opened_by: 'link' }).text()).toContain('Came byA link, as from a camera app');
  });

  test('says plainly that it is about a passkey on that computer', () => {
    const { root, text } = approval({ act: 'add_passkey' });
    expect(root.querySelector('h1')?.textContent).toBe('Add a passkey on a computer?');
    expect(text()).toContain('it could then sign in without your phone.');
  });

  test('says before Continue that it takes a passkey, and asks nobody who can’t', () => {
    vi.stubGlobal('isSecureContext', true);
    const parse = () => ({});
    vi.stubGlobal('PublicKeyCredential', {
      parseRequestOptionsFromJSON: parse,
      parseCreationOptionsFromJSON: parse,
    });
    const able = approval({}, { approval: 'passkey' });
    expect(able.text()).toContain('after Continue, this phone asks for your fingerprint');
    vi.stubGlobal('PublicKeyCredential', undefined);
    const unable = approval({}, { approval: 'passkey' });
    expect(unable.text()).toContain('this browser can’t use one');
    expect(() => find(unable.root, 'Continue')).toThrow();
    find(unable.root, 'Decline').click();
    expect(unable.decline).toHaveBeenCalledOnce();
    vi.unstubAllGlobals();
  });

  test('says at the computer, not at the website, that its key was proved', () => {
    const { root } = approval({
      client: { name: 'Shop', host: 'shop.example', verified: true },
      desktop: { known_since: 0 },
    });
    expect(root.querySelector('.who')?.textContent).toBe('Sign in to Shop?Website shop.example');
    expect(root.querySelector('.facts')?.textContent).toContain(
      'Its key was proved: the same computer as before',
    );
    expect(approval().text()).not.toContain('key was proved');
  });

  test('shows what others chose as text, isolated from its surroundings', () => {
    const { root } = approval({ calls_itself: '<img src=x>\u202e' });
    expect(root.querySelector('img')).toBeNull();
    const names = [...root.querySelectorAll('bdi')].map(name => name.textContent);
    expect(names).toContain('“<img src=x>\u202e”');
  });

  test('leaves out a name that only repeats the browser', () => {
    expect(approval({ calls_itself: 'Firefox on Windows' }).text()).not.toContain('Calls itself');
  });
});

test('the check code is shown in digits, named in words, and tied to its host', () => {
  const deadline = new Deadline(120);
  const stop = vi.fn();
  const view = checkCodeView('012345', request.context, () => deadline, stop);
  expect(view.root.querySelector('[role=img]')?.getAttribute('aria-label')).toBe(
    'The code is 0 1 2 3 4 5',
  );
  expect(view.root.textContent).toContain('Type it only on shop.example. Look at the address bar.');
  view.update(1, { strangers: 1, moved: false });
  expect(view.root.textContent).toContain('A wrong code was typed');
  expect(view.root.textContent).toContain('Somebody else scanned this code too');
});

describe('the six boxes', () => {
  test.each([
    ['123456', '123456'],
    ['123 456', '123456'],
    ['１２３４５６', '123456'],
    ['12-34x', '1234'],
    ['12345678', '123456'],
  ])('%j is read as %s', (typed, digits) => {
    expect(digitsOf(typed)).toBe(digits);
  });

  test('hand over the code with its last digit, and only then', () => {
    const complete = vi.fn();
    const input = new CodeInput(complete, 'message');
    const type = (text: string) => {
      input.field.value = text;
      input.field.dispatchEvent(new Event('input'));
    };
    type('12345');
    expect(complete).not.toHaveBeenCalled();
    expect(input.root.querySelector('.boxes')?.textContent).toBe('12345');
    type('123 456');
    expect(complete).toHaveBeenCalledExactlyOnceWith('123456');
    input.clear();
    expect(input.field.value).toBe('');
    expect(input.field.getAttribute('aria-invalid')).toBe('true');
  });
});

describe('the drawn code', () => {
  const LINK = 'https://login.example/q#AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0';

  test('is black on white with four modules of quiet, version 4 for a usual host', () => {
    const code = new CodeView('login.example');
    code.draw(LINK);
    const drawing = find<never>(code.root, 'svg.code') as SVGSVGElement;
    expect(drawing.getAttribute('viewBox')).toBe('-4 -4 41 41');
    expect(drawing.querySelector('rect')?.getAttribute('fill')).toBe('#fff');
    expect(drawing.querySelector('path')?.getAttribute('fill')).toBe('#000');
  });

  test('is named in words; its secret stands nowhere as text', () => {
    const code = new CodeView('login.example');
    code.draw(LINK);
    expect(code.root.querySelector('svg.code')?.getAttribute('aria-label')).toBe(
      'QR code for signing in at login.example. Scan it with your phone.',
    );
    expect(code.root.outerHTML).not.toContain('AAECAwQFBgcICQoLDA0ODw');
    expect(code.root.outerHTML).not.toContain('GypVt34Btu0');
  });
});

describe('the stage', () => {
  test('says each new view, and does not steal the focus', () => {
    const stage = new Stage();
    const elsewhere = document.createElement('button');
    document.body.append(elsewhere);
    elsewhere.focus();
    const view = document.createElement('section');
    view.innerHTML = '<h1>Scanned</h1>';
    stage.show(view);
    expect(document.querySelector('#live')?.textContent).toBe('Scanned');
    expect(document.activeElement).toBe(elsewhere);
    expect(document.title).toBe('Scanned · Countersign');
  });

  test('keeps the focus of who acted, through views that have no heading', () => {
    const stage = new Stage();
    const main = find(document, '#stage');
    main.tabIndex = -1;
    const view = (html: string) => {
      const section = document.createElement('section');
      section.innerHTML = html;
      return section;
    };
    stage.show(view('<h1>One</h1><button>Go on</button>'));
    find(document, 'Go on').focus();
    stage.show(view('<p>One moment</p>'));
    stage.show(view('<h1>Two</h1>'));
    expect(document.activeElement?.textContent).toBe('Two');
  });

  test('counts down in its notice, and takes it back', () => {
    const stage = new Stage();
    stage.trouble('slow_down', 20);
    const notice = find(document, '.notice');
    expect(notice.textContent).toBe('Too many requests. Trying again in 20 s.');
    vi.advanceTimersByTime(5000);
    expect(notice.textContent).toBe('Too many requests. Trying again in 15 s.');
    stage.trouble(undefined);
    expect(notice.hidden).toBe(true);
    expect(document.querySelector('#live')?.textContent).toBe('Connected again.');
  });
});
