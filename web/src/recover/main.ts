/** Opens the way back for who lost a phone. */

import { keepOfflinePage } from '../install.ts';
import { openPage } from '../page.ts';
import { RecoverPage } from './flow.ts';

const page = await openPage();
if (page) {
  keepOfflinePage();
  await new RecoverPage(page).start();
}
