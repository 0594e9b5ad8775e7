/** What the way back after a lost phone says. `{name}` stands for a value. */
export const recover = {
  'recover.title': 'Lost your phone?',
  'recover.text': 'Come back with one of the recovery codes that you kept. Then:',
  'recover.told': 'All phones of your account are told, and can stop this.',
  'recover.waits': 'This phone waits: for as long as this server says, most often a day.',
  'recover.sets': 'After that you choose a new password or passkey here.',
  'recover.account': 'Account',
  'recover.code': 'Recovery code',
  'recover.codeHint': 'Letters and digits in groups of four. Each code works once.',
  'recover.submit': 'Start the recovery',
  'recover.wrong': 'Account and code don’t match, or the code was used.',
  'recover.noCode':
    'No code left? Then only whoever runs this server can help: with an invitation for your account.',
  'recover.stillHave': 'I have my phone',
  'recover.waitTitle': 'The recovery has started',
  'recover.left': '{time} left',
  'recover.soon': 'Any moment now',
  'recover.waitAccount': 'Account',
  'recover.waitSince': 'Started',
  'recover.waitUntil': 'Ready',
  'recover.waitWhy':
    'Whoever finds your codes has to wait as well. Your other devices show that a recovery was started, and any phone of yours can stop it.',
  'recover.waitKeep':
    'You may close this page. Come back to it on this phone, in this browser: {address}',
  'recover.cancel': 'Stop the recovery',
  'recover.cancelSure': 'Stop the recovery?',
  'recover.cancelText': 'This phone is signed out. The code that you used is spent all the same.',
  'recover.cancelStay': 'Go on waiting',
  'recover.cancelled': 'The recovery is stopped.',
  'recover.endedTitle': 'The recovery was stopped',
  'recover.ended':
    'Another device of the account ended it, or it was not used for too long. Was that not you? Then somebody else can use your account: ask whoever runs this server.',
  'recover.again': 'Start again',
  'recover.setTitle': 'You are back',
  'recover.set':
    'This phone may sign computers in now. Choose how you sign in from here on; you need nothing from before for it.',
  'recover.setPasskey': 'Make a passkey',
  'recover.setPassword': 'Set a new password',
  'recover.later': 'Not now',
  'recover.doneTitle': 'All yours again',
  'recover.donePassword': 'The new password is set. Sign-ins ended on other devices: {count}.',
  'recover.donePasskey': 'The passkey is added.',
  'recover.next':
    'Next, in your account: say which phone is lost, and make new recovery codes if few are left.',
  'recover.toAccount': 'Your account',
  'recover.toPhone': 'Scan a code',
  'recover.signedInTitle': 'This phone is signed in',
  'recover.signedIn':
    'You are signed in as {name}: there is nothing to recover. If another phone is lost, say so in your account.',
} as const;
