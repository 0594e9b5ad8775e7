/**
 * Every sentence of both pages, in one place. `{name}` stands for a value.
 * Knows no page: a text is found by its key, and a test sees to it that each is used.
 */

import type { ErrorCode } from '@countersign/browser';

/** The language of the texts, for numbers and dates too. */
export const LANGUAGE = 'en';

export const texts = {
  // both pages
  'app.name': 'Countersign',
  'foot.host': 'You are at {host}',
  loading: 'One moment …',
  'action.retry': 'Try again',
  'action.signOut': 'Sign out',
  'action.back': 'Back',
  'trouble.network': 'No connection. Trying again …',
  'trouble.busy': 'The server is busy. Trying again …',
  'trouble.slow_down': 'Too many requests. Trying again in {seconds} s.',
  'trouble.over': 'Connected again.',
  'failed.title': 'That did not work',
  'failed.reference': 'If you ask for help, give this number: {id}',
  'insecure.title': 'This page needs a secure connection',
  'insecure.text':
    'Signing in keeps a key in this browser. Browsers allow that only over https, or on this very computer. Please open the page by its https address.',
  'storage.title': 'This browser keeps nothing for this page',
  'storage.text':
    'Signing in needs a place for its key. Some private windows and some settings forbid that. Please allow this page to store data, or use another window.',
  'misplaced.title': 'This page lives at another address',
  'misplaced.text': 'This server signs people in at {origin} only.',
  'misplaced.action': 'Go there',
  'framed.title': 'This page does not work inside another page',
  'framed.text': 'Please open it in a window of its own, where you can see its address.',

  // sign-in page
  'noDemo.title': 'This server has no demo sign-in',
  'noDemo.text':
    'It signs people in to the applications that are registered with it. Open the application that you want to use, and choose to sign in with your phone there.',
  'noDemo.developers':
    'For developers: an application shows a code with POST /v1/logins, and collects its tokens at /oauth/token once somebody has approved it on a phone.',
  'waiting.title': 'Sign in with your phone',
  'waiting.step1': 'Open your phone’s camera, or this site on your phone',
  'waiting.step2': 'Scan the code',
  'waiting.step3': 'Check what your phone shows, and continue there',
  'waiting.announce': 'Scan the code with your phone to sign in.',
  'waiting.code': 'QR code for signing in at {host}. Scan it with your phone.',
  'waiting.host': 'Your phone will show this address: {host}',
  'waiting.life': 'Good for {time}',
  'waiting.phone': 'On your phone already?',
  'waiting.phoneAction': 'Open the scanner',
  'scanned.title': 'Scanned',
  'scanned.text': 'Continue on your phone. It shows who asks and for what.',
  'scanned.life': '{time} left to decide',
  'scanned.lost': 'Lost it? Cancel and show a new code.',
  'checking.title': 'Type the code your phone shows',
  'checking.text': 'Six digits. They prove that the phone in your hand belongs to this screen.',
  'checking.label': 'Six-digit code from your phone',
  'checking.life': '{time} left',
  'checking.busy': 'Checking the code …',
  'checking.wrongOne': 'That code is not right. One try left.',
  'checking.wrongMany': 'That code is not right. {tries} tries left.',
  'confirmed.title': 'Confirmed',
  'confirmed.text': 'Signing you in …',
  'signedIn.title': 'Signed in as {name}',
  'signedIn.notYou': 'Not you?',
  'signedIn.account': 'Account',
  'signedIn.device': 'This device',
  'signedIn.how': 'Signed in',
  'signedIn.howScan': 'by phone',
  'signedIn.howPassword': 'by password',
  'signedIn.since': 'Since',
  'signedIn.until': 'Until',
  'signedOut.title': 'You are signed out',
  'signedOut.text': 'This browser keeps no sign-in any more.',
  'signedOut.local':
    'This browser keeps no sign-in any more. The server could not be told; the sign-in ends there by itself.',
  'signedOut.again': 'Sign in again',
  'ended.title': 'You were signed out',
  'ended.text': 'The sign-in on this computer has ended. Sign in again to go on.',
  'denied.title': 'Declined',
  'denied.text': 'The sign-in was declined. Nobody is signed in.',
  'deniedCode.text':
    'The code was wrong three times, so the sign-in was stopped. Nobody is signed in.',
  'cancelled.title': 'Cancelled',
  'cancelled.text': 'The sign-in was stopped. Nobody is signed in.',
  'expired.title': 'Time is up',
  'expired.text': 'Nobody finished this sign-in in time. The code is not good any more.',
  'action.newCode': 'Show a new code',
  'action.cancel': 'Cancel',

  // phone page: sign in and home
  'login.title': 'Sign in on this phone',
  'login.text': 'Then this phone can sign in your computers.',
  'login.pending': 'Then you can look at the request. It is kept for three minutes.',
  'login.account': 'Account',
  'login.password': 'Password',
  'login.show': 'Show password',
  'login.submit': 'Sign in',
  'login.missing': 'Please fill in both fields.',
  'home.title': 'Hello, {name}',
  'home.text': 'Sign in a computer: scan the code that it shows.',
  'home.scan': 'Scan a code',
  'home.notAllowed': 'This phone may not approve sign-ins yet.',

  // phone page: opened by a link
  'link.title': 'A computer asks to be signed in',
  'link.text': 'See who asks and from where, then decide. Nothing happens until you look.',
  'link.crossSite':
    'Another page or app opened this for you. Go on only if you scanned the code yourself just now.',
  'link.look': 'Look at this request',
  'link.leave': 'No, leave it',

  // phone page: scanner
  'scanner.title': 'Scan the code',
  'scanner.text': 'Hold the phone so that the code fills the frame.',
  'scanner.starting': 'Starting the camera …',
  'scanner.looking': 'Looking for a code …',
  'scanner.foreign': 'That is a code, but no sign-in code of {host}.',
  'scanner.video': 'What the camera sees',
  'scanner.picture': 'Use a picture',
  'scanner.pictureNone': 'No sign-in code found in that picture. Try a sharper or closer one.',
  'scanner.pictureBad': 'That file can’t be read as a picture.',
  'scanner.reading': 'Reading the picture …',
  'scanner.paste': 'Paste a link',
  'scanner.pasteLabel': 'Link of the code',
  'scanner.pasteAction': 'Go on',
  'scanner.pasteEmpty': 'Paste the link into the field first. It begins with {start}',
  'camera.refused':
    'This page may not use the camera. Allow it in your browser: tap the sign beside the address, then “Camera”, and try again. Or scan with your phone’s own camera app.',
  'camera.none':
    'No camera found. Use a picture of the code (a screenshot will do), or paste its link.',
  'camera.busy': 'The camera is in use by another app. Close that app and try again.',
  'camera.failed':
    'The camera can’t be started. Use a picture of the code (a screenshot will do), or paste its link.',

  // phone page: the approval
  'approval.title': 'Sign in to {client}?',
  'approval.noHost': 'A program, not a web page',
  'approval.hostLabel': 'Website',
  'approval.callsItself': 'Calls itself',
  'approval.from': 'Computer',
  'approval.browserOnOs': '{browser} on {os}',
  'approval.unknownBrowser': 'Unknown browser',
  'approval.claim': 'as it says itself',
  'approval.new': 'New: never signed in to your account before',
  'approval.known': 'Known since {date}',
  'approval.proved': 'Its key was proved: the same computer as before',
  'approval.network': 'Network',
  'approval.network.same': 'The same as your phone’s',
  'approval.network.near': 'Near your phone’s',
  'approval.network.far': 'Far away from your phone’s',
  'approval.network.unknown': 'A different network (usual on mobile data)',
  'approval.age': 'Asked',
  'approval.scopes': 'May',
  'approval.lasts': 'Lasts',
  'approval.account': 'Account',
  'approval.keep': 'Keep that computer signed in',
  'approval.keepHint': '{long} instead of {short}',
  'approval.warnHost':
    'Continue only if you opened {host} yourself on a computer in front of you. Support will never ask you to scan.',
  'approval.warnNoHost':
    'Continue only if you started this program yourself on a computer in front of you. Support will never ask you to scan.',
  'approval.decline': 'Decline',
  'approval.continue': 'Continue',
  'approval.report': 'I didn’t start this',
  'approval.left': '{time} left to decide',
  'approval.far': 'That computer is somewhere else. Decline if you are not sure.',
  'approval.strangersOne': 'Somebody else scanned this code too. Decline if that surprises you.',
  'approval.strangersMany':
    '{count} other people scanned this code too. Decline if that surprises you.',
  'approval.changed': 'Something about the request changed. Please look at it again.',
  'approval.announce': '{client} asks to sign in a computer. Read the request and decide.',

  // phone page: the check code and how it ends
  'code.title': 'Type this code on the computer',
  'code.onlyHost': 'Type it only on {host}. Look at the address bar.',
  'code.onlyApp': 'Type it only into the program that you started yourself.',
  'code.label': 'The code is {digits}',
  'code.left': '{time} left',
  'code.waiting': 'Waiting for the computer …',
  'code.wrongOne': 'A wrong code was typed on the computer. If that was not you, stop here.',
  'code.wrongMany':
    'A wrong code was typed on the computer {count} times. If that was not you, stop here.',
  'code.stop': 'Stop this sign-in',
  'code.announce': 'Type the code on the computer: {digits}',
  'finishing.title': 'Continue on the computer',
  'finishing.text': 'It is being signed in …',
  'done.title': 'Signed in',
  'done.text': 'The computer is signed in to {client} as {name}.',
  'outcome.denied.title': 'Declined',
  'outcome.denied.text': 'The computer is not signed in.',
  'outcome.stopped.text':
    'The sign-in was stopped after wrong codes or a refusal. The computer is not signed in.',
  'outcome.reported.title': 'Declined and reported',
  'outcome.reported.text':
    'The computer is not signed in. If someone sent you this code, don’t follow their instructions.',
  'outcome.cancelled.title': 'Cancelled on the computer',
  'outcome.cancelled.text': 'The computer took its request back. It is not signed in.',
  'outcome.cancelledStrangers.text':
    'Too many people scanned this code, so it was stopped. The computer is not signed in.',
  'outcome.expired.title': 'Time is up',
  'outcome.expired.text': 'The computer is not signed in. Ask for a new code there.',
  'outcome.again': 'Scan a code',
  'outcome.home': 'Done',
  'problem.title': 'This code can’t be used',
  'problem.again': 'Scan again',
} as const;

/** What went wrong, in words for the person in front of the screen: one sentence for every code. */
export const errorTexts: Record<ErrorCode, string> = {
  invalid_request: 'The server did not understand this page. Load the page again.',
  unknown_client: 'This server does not know this application.',
  invalid_scope: 'This application asks for more than it may.',
  invalid_proof: 'This device could not prove itself. Check that its clock is right.',
  use_dpop_nonce: 'This device could not prove itself. Check that its clock is right.',
  invalid_token: 'Your sign-in has ended. Sign in again.',
  invalid_credentials: 'Account and password don’t match.',
  not_a_phone: 'This device was signed in as a computer. Only a phone may approve.',
  origin_not_allowed: 'This page is not allowed to start a sign-in here.',
  account_unavailable: 'This account can’t be used at the moment.',
  unknown_login: 'This code is not known here. Ask for a new one on the computer.',
  not_found: 'The server does not offer this.',
  method_not_allowed: 'The server does not offer this.',
  request_timeout: 'The server waited too long. Try again.',
  scan_code_stale: 'This code has changed meanwhile. Scan the one that the computer shows now.',
  claimed: 'This code was already scanned by another phone or another sign-in.',
  same_device: 'This code comes from this very device. Scan it with another one.',
  context_changed: 'Something about the request changed. Scan again and look anew.',
  not_ready: 'It is too early or too late for that. Ask for a new code on the computer.',
  login_ended: 'This sign-in is over. Ask for a new code on the computer.',
  hold_expired: 'That took too long. Scan the code again.',
  too_large: 'That is too long.',
  unsupported_media_type: 'The server did not understand this page. Load the page again.',
  wrong_code: 'That code is not right.',
  slow_down: 'Too many tries. Wait a little.',
  busy: 'The server is busy. Try again in a moment.',
  internal: 'Something went wrong at the server. Try again.',
  authorization_pending: 'This sign-in is not finished yet.',
  access_denied: 'The sign-in was declined.',
  expired_token: 'Time is up. Ask for a new code.',
  invalid_grant: 'This sign-in is over. Ask for a new code.',
  invalid_client: 'This server does not know this application.',
  unsupported_grant_type: 'The server does not offer this.',
  invalid_dpop_proof: 'This device could not prove itself. Check that its clock is right.',
  network: 'The server can’t be reached. Check your connection.',
  bad_answer: 'The answer was not understood. Load the page again.',
  signed_out: 'Your sign-in has ended. Sign in again.',
  bad_scan_code: 'That is no sign-in code of this server.',
};

export type TextKey = keyof typeof texts;
export type Values = Record<string, string | number>;

/** A text with its values put in. */
export function t(key: TextKey, values: Values = {}): string {
  return texts[key].replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
    String(values[name] ?? whole),
  );
}

/** A text whose values are elements: for a name that is to stand out, or must be isolated. */
export function rich(key: TextKey, values: Record<string, Node>): (Node | string)[] {
  return texts[key]
    .split(/(\{\w+\})/)
    .filter(part => part !== '')
    .map(part => values[part.slice(1, -1)] ?? part);
}
