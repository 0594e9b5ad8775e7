/** What the phone page says. `{name}` stands for a value. */
export const phone = {
  // phone page: sign in and home
  'login.title': 'Sign in on this phone',
  'login.text': 'Then this phone can sign in your computers.',
  'login.pending': 'Then you can look at the request. It is kept for three minutes.',
  'login.account': 'Account',
  'login.submit': 'Sign in',
  'login.register': 'Make a new account',
  'newAccount.title': 'Make an account',
  'newAccount.text': 'With it, this phone can sign in your computers.',
  'newAccount.accountHint': 'Small letters, digits and . _ - @ +',
  'newAccount.submit': 'Make the account',
  'newAccount.back': 'I have an account',
  'newAccount.nameBad': 'Use 1 to 64 small letters, digits and . _ - @ + for the name.',
  'newAccount.nameTaken': 'That name is taken. Choose another one.',
  'home.title': 'Hello, {name}',
  'home.text': 'Sign in a computer: scan the code that it shows.',
  'home.scan': 'Scan a code',
  'home.account': 'Your account and devices',

  // phone page: a phone that has to wait
  'wait.title': 'This phone may not approve yet',
  'wait.text':
    'It is new to your account: signed in {since}, and may approve from {until} on. That keeps whoever learns your password from using it at once.',
  'wait.in':
    'It is new to your account and may approve in {time}. That keeps whoever learns your password from using it at once.',
  'wait.unknown':
    'It is new to your account. That keeps whoever learns your password from using it at once.',
  'wait.sooner':
    'Quicker: open this server’s page on a phone that may approve already, and allow this one there.',
  'wait.request': 'The request is kept for three minutes.',
  'wait.over': 'This phone may approve now.',

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
  'camera.choice': 'Camera',
  'camera.number': 'Camera {number}',
  'camera.light': 'Light',
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
  'done.text': 'The computer is signed in to {client} as {name}. If that was a mistake, undo it.',
  'undo.action': 'Undo',
  'undo.title': 'Undone',
  'undo.text': 'That computer is signed out of {client} again. Nothing is left for you to do.',
  'undo.before': 'That computer was signed out already. Nothing is left for you to do.',
  'outcome.denied.title': 'Declined',
  'outcome.denied.text': 'The computer is not signed in.',
  'outcome.stopped.text':
    'The sign-in was stopped after wrong codes or a refusal. The computer is not signed in.',
  'outcome.reported.title': 'Declined and reported',
  'outcome.reported.text':
    'The computer is not signed in. If someone sent you this code, don’t follow their instructions. If you are worried, sign out all your computers.',
  'report.signOut': 'Sign out all my computers',
  'report.title': 'Signed out',
  'report.text': 'All computers of your account are signed out. Your phones are not.',
  'report.noneTitle': 'No computer is signed in',
  'report.none': 'No computer was signed in to your account. Nothing is left for you to do.',
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
