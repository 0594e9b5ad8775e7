/** Opens the account's page. */

import { keepOfflinePage } from '../install.ts';
import { openPage } from '../page.ts';
import { AccountPage } from './flow.ts';

const page = await openPage();
if (page) {
  keepOfflinePage();
  await new AccountPage(page).start();
}
