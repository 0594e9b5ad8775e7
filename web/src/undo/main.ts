/** Opens the page of an undo link. What the link carries is taken out of the address before anything else. */

import { onNextFragment, takeFragment } from '../fragment.ts';
import { openPage } from '../page.ts';
import { UndoPage } from './flow.ts';

const fragment = takeFragment();
const page = await openPage();
if (page) {
  const { open } = new UndoPage(page);
  onNextFragment(open);
  open(fragment);
}
