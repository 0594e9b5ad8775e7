/** What the page of a notice's undo link says. `{name}` stands for a value. */
export const undo = {
  'undoLink.title': 'Undo this sign-in?',
  'undoLink.text': 'You come from a message about your account. If that was not you, undo it:',
  'undoLink.ends': 'The device that the message was about, or that did it, is signed out.',
  'undoLink.made': 'Passkeys that it added are removed, and recovery codes that it made are void.',
  'undoLink.password':
    'If it changed the password in the last week, the one from before counts again.',
  'undoLink.allowed': 'Phones that it allowed and computers that it approved are signed out too.',
  'undoLink.nothing': 'Nothing has happened yet. If it was you, close this page.',
  'undoLink.submit': 'Undo it',
  'undoLink.doneTitle': 'Undone',
  'undoLink.done': 'Sign-ins ended: {ended}. Passkeys removed: {passkeys}.',
  'undoLink.before': 'It was over already. Nothing is left for you to do here.',
  'undoLink.next':
    'Change your password if somebody may know it. Does somebody have your phone? Say on another phone of yours, in your account, that it is lost.',
  'undoLink.account': 'Your account',
  'undoLink.invalidTitle': 'This link is not good any more',
  'undoLink.invalid':
    'It is too old, or it is not whole. Open your account on a phone of yours to sign devices out.',
  'undoLink.noneTitle': 'Nothing to undo here',
  'undoLink.none':
    'The link of a message holds what is to be undone, and this page forgets it when it is loaded again. Open the link once more.',
} as const;
