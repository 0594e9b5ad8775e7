/** What the page of an invitation says. `{name}` stands for a value. */
export const welcome = {
  'welcome.title': 'You are invited',
  'welcome.text':
    'Somebody who runs this server made an account for you, or a way back into yours. Open this on the phone that you want to use for signing in.',
  'welcome.open': 'Open the invitation',
  'welcome.hello': 'Welcome, {name}',
  'welcome.choose':
    'This device becomes the first phone of your account. How do you want to sign in?',
  'welcome.firstPhone': 'This device becomes the first phone of your account.',
  'welcome.account': 'Account',
  'welcome.good': 'Good for',
  'welcome.ends': 'Is this account signed in anywhere else? It is signed out there when you go on.',
  'welcome.other':
    'This browser is signed in as {name} now. It is signed out of that account when you go on.',
  'welcome.passkey': 'Use a passkey',
  'welcome.passkeyHint':
    'You unlock it as you unlock this device. Nobody can guess it, and no false page can get it.',
  'welcome.password': 'Use a password',
  'welcome.passwordTitle': 'Choose a password',
  'welcome.passwordText': 'For the account {account}.',
  'welcome.passwordSubmit': 'Start with this password',
  'welcome.doneTitle': 'This phone can now sign computers in',
  'welcome.done':
    'You are signed in as {name}. When a computer shows a code, scan it with this phone.',
  'welcome.doneCodes': 'Make recovery codes in your account, in case you lose this phone.',
  'welcome.phone': 'Scan a code',
  'welcome.toAccount': 'Your account',
  'welcome.invalidTitle': 'This invitation is not good any more',
  'welcome.invalid':
    'It was used, replaced by a newer one, or is too old. Ask whoever invited you for a new one.',
  'welcome.noneTitle': 'No invitation here',
  'welcome.none':
    'An invitation is a link, and this page forgets it when it is loaded again. Open the link once more.',
} as const;
