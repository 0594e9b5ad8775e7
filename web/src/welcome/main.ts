/** Opens the page of an invitation, which is taken out of the address before anything else. */

import { onNextFragment, takeFragment } from '../fragment.ts';
import { keepOfflinePage } from '../install.ts';
import { openPage } from '../page.ts';
import { Welcome } from './flow.ts';

const fragment = takeFragment();
const page = await openPage();
if (page) {
  const { open } = new Welcome(page);
  onNextFragment(open);
  keepOfflinePage();
  open(fragment);
}
