/**
 * The desktop's half: shows the code, follows the sign-in, keeps the session, and reads what it may read now.
 * Copy this file; the states in words are in index.html.
 */

import {
  cancelLogin,
  checkLogin,
  collectLogin,
  connect,
  createLogin,
  hasCode,
  openStorage,
  Rotation,
  Session,
  watchLogin,
} from '@countersign/browser';
import { correction, generate, mode } from 'lean-qr';
import { byId, failed, notice, show, showArticles } from './view.js';

/** @type {{ issuer: string, clientId: string }} */
const { issuer, clientId } = await (await fetch('/settings.json')).json();
// The key is made once and can't be read out, not even by this page. The tokens are useless without it.
const storage = await openStorage();
const server = connect({ issuer, key: await storage.deviceKey() });
const kept = storage.sessions(clientId);
for (const place of document.querySelectorAll('.issuer')) place.textContent = new URL(issuer).host;

/** @type {import('@countersign/browser').CreatedLogin | undefined} */
let login;

/** Takes up the session of last time, or asks for one. */
async function start() {
  const session = await Session.resume(server, kept);
  await (session ? read(session) : signIn());
}

async function signIn() {
  show('starting');
  login = await createLogin(server, { clientId, device: { kind: 'browser' } });
  const rotation = new Rotation(login);
  const drawing = keepDrawing(rotation);
  try {
    for await (const event of watchLogin(server, login)) {
      notice(event.type === 'trouble' ? event.code : undefined);
      if (event.type === 'trouble') continue; // it is tried again by itself
      rotation.update(event.answer);
      show(event.answer.state);
      if (event.answer.state === 'confirmed') {
        const tokens = await collectLogin(server, login, clientId);
        return await read(await Session.begin(server, kept, clientId, tokens));
      }
    }
  } finally {
    drawing.stop();
  }
}

/**
 * Draws the code, and anew whenever it changes.
 * @param {Rotation} rotation
 */
function keepDrawing(rotation) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const draw = async () => {
    const link = await rotation.url();
    const options = { minCorrectionLevel: correction.M, maxCorrectionLevel: correction.M };
    const canvas = /** @type {HTMLCanvasElement} */ (byId('code'));
    generate(mode.ascii(link), options).toCanvas(canvas, { on: [0, 0, 0], off: [255, 255, 255] });
    if (rotation.turnsIn !== undefined) timer = setTimeout(draw, rotation.turnsIn);
  };
  draw().catch(failed);
  return { stop: () => clearTimeout(timer) };
}

/** @param {string} code */
async function check(code) {
  if (!login) return;
  byId('wrong').textContent = '';
  try {
    await checkLogin(server, login, code);
  } catch (error) {
    if (hasCode(error, 'login_ended')) return; // signIn() hears of it, too
    if (!hasCode(error, 'wrong_code')) throw error;
    const { triesLeft } = /** @type {import('@countersign/browser').CountersignError} */ (error);
    byId('wrong').textContent = `That code is wrong. Tries left: ${triesLeft}.`;
  }
}

/**
 * Fetches from this site's own server, with token and proof.
 * @param {Session} session
 */
async function read(session) {
  current = session;
  show('starting');
  try {
    const answer = await session.fetch(new URL('/articles', location.href));
    if (!answer.ok) throw new Error(`The articles can’t be read now (${answer.status}).`);
    showArticles(session.account?.name ?? '', (await answer.json()).articles);
    show('reading');
  } catch (error) {
    // Signed out on the phone, or over: a new code.
    if (!hasCode(error, 'signed_out')) throw error;
    await signIn();
  }
}

/** @type {Session | undefined} */
let current;

async function signOut() {
  const told = await current?.signOut();
  byId('articles').replaceChildren();
  byId('only-here').hidden = told !== false;
  show('signed-out');
}

/**
 * @param {string} selector
 * @param {() => Promise<unknown>} act
 */
function onClick(selector, act) {
  for (const button of document.querySelectorAll(selector)) {
    button.addEventListener('click', () => act().catch(failed));
  }
}

onClick('.again', start);
onClick('.cancel', async () => login && cancelLogin(server, login));
onClick('#sign-out', signOut);
byId('check').addEventListener('submit', event => {
  event.preventDefault();
  const digits = /** @type {HTMLInputElement} */ (byId('digits'));
  check(digits.value.replaceAll(/\s/g, '')).catch(failed);
  digits.value = '';
  digits.focus();
});
start().catch(failed);
