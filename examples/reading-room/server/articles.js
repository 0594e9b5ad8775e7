/** What there is to read. */
export const articles = [
  {
    title: 'The countersign',
    text: 'A sentry asks for the word of the day, and who knows it may pass. But a word can be overheard. The countersign is the second half: an answer that only the one who was sent can give.',
  },
  {
    title: 'The split tally',
    text: 'Debts were once cut as notches into a stick, and the stick was split in two. Each side kept a half. No register was needed to see who belonged to whom: the halves fitted, or they did not.',
  },
  {
    title: 'The chained library',
    text: 'In some old libraries the books hang on chains, long enough to reach the desk below and no further. Anybody may read who comes in, and nothing leaves with them.',
  },
];
