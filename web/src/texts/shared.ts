/** What all pages say. `{name}` stands for a value. */
export const shared = {
  'app.name': 'Countersign',
  'foot.host': 'You are at {host}',
  loading: 'One moment …',
  'action.retry': 'Try again',
  'action.signOut': 'Sign out',
  'action.back': 'Back',
  'form.password': 'Password',
  'form.show': 'Show password',
  'form.missing': 'Please fill in every field.',
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
} as const;
