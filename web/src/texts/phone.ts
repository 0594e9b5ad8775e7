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
  'recent.title': 'Recent sign-ins',
  'recent.justNow': 'Signed in on {device} just now. If that was not you, undo it.',
  'recent.told': 'Signed in on {device} just now.',
  'recent.someDevice': 'a device',
  'recent.undo': 'Undo the sign-in on {device}',
  'recent.over': 'Signed out.',
  'recent.undone': 'Undone: it is signed out.',
  'recent.all': 'All that happened to your account',
  'place.near': 'near {region}, {country}',
  'place.in': 'in {country}',

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

  // phone page: only a passkey would do
  'passkeyNeeded.title': 'This takes a passkey',
  'passkeyNeeded.text':
    'This sign-in can be approved only with a passkey of your account, and it has none yet. Nothing was approved.',
  'passkeyNeeded.then': 'Add one here. Then ask for a new code on the computer, and scan that.',
  'passkeyNeeded.add': 'Add a passkey',

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
  'approval.addPasskey': 'Add a passkey on a computer?',
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
  'approval.place': 'Place',
  'approval.byAddress': 'by its address',
  'approval.opened': 'Came by',
  'approval.opened.scanner': 'The scanner',
  'approval.opened.link': 'A link, as from a camera app',
  'approval.opened.cross-site-link': 'A link on another page or in another app',
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
  'approval.far':
    'That computer is somewhere else, far from this phone. If you don’t see it in front of you, decline.',
  'approval.farPlace':
    'That computer is {place}, far from this phone. If you don’t see it in front of you, decline.',
  'approval.act.add_passkey':
    'This adds a passkey to your account on that computer: it could then sign in without your phone.',
  'approval.manyAccounts':
    'That computer, or others on its network, asked several people to sign in lately. Decline if you don’t know why.',
  'approval.moved':
    'That computer’s network changed since it showed the code. Decline if you didn’t change it.',
  'approval.unusual': 'Something about that computer is unusual. Decline if you are not sure.',
  'approval.passkey':
    'This takes your passkey: after Continue, this phone asks for your fingerprint, face or screen lock.',
  'approval.passkeyUnable':
    'This takes your passkey, and this browser can’t use one. Use another browser or another phone of yours.',
  'approval.passkeyCancelled':
    'No passkey was used, and nothing was approved. Continue asks for it again.',
  'phrase.label': 'Phrase',
  'phrase.hint':
    'Type the phrase that you were told, and that was typed on the computer. It is not on the screen.',
  'phrase.wrongOne': 'That is not the phrase that was typed on the computer. One try left.',
  'phrase.wrongMany': 'That is not the phrase that was typed on the computer. {tries} tries left.',
  'approval.strangersOne': 'Somebody else scanned this code too. Decline if that surprises you.',
  'approval.strangersMany':
    '{count} other people scanned this code too. Decline if that surprises you.',
  'approval.changed': 'Something about the request changed. Please look at it again.',
  'changed.client': 'Another application asks.',
  'changed.network': 'Its network, compared with your phone’s: {now}.',
  'changed.place': 'It is at another place.',
  'changed.moved': 'Its network changed since it showed the code.',
  'changed.manyAccounts': 'It, or others on its network, asked several people to sign in lately.',
  'changed.strangers': 'Somebody else scanned the code too.',
  'changed.openedBy': 'The code came another way.',
  'changed.new': 'It does not count as known any more.',
  'changed.unproved': 'Its key is not proved any more.',
  'changed.act': 'It asks for something else than before.',
  'changed.scopes': 'It would be allowed something else.',
  'changed.lasts': 'It would stay signed in for {time}.',
  'changed.level.tap': 'Your decision is all it takes now.',
  'changed.level.code': 'It takes the code from your phone now.',
  'changed.level.passkey': 'It takes your passkey now.',
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
  'done.addPasskey':
    'The computer is signed in as {name}, and may add a passkey now. If that was a mistake, undo it: the passkey goes too.',
  'undo.action': 'Undo',
  'undo.title': 'Undone',
  'undo.text': 'That computer is signed out of {client} again. Nothing is left for you to do.',
  'undo.passkey':
    'That computer is signed out of {client} again, and the passkey that it added is removed. Nothing is left for you to do.',
  'undo.before': 'That computer was signed out already. Nothing is left for you to do.',
  'outcome.denied.title': 'Declined',
  'outcome.denied.text': 'The computer is not signed in.',
  'outcome.stopped.text':
    'The sign-in was stopped after wrong codes or a refusal. The computer is not signed in.',
  'outcome.wrongPhrases.text':
    'The phrase was wrong three times, so the sign-in was stopped. The computer is not signed in.',
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
