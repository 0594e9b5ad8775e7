/** Opens the sign-in page. */

import { meta, openPage } from '../page.ts';
import { SignIn } from './flow.ts';
import { noDemoView } from './views.ts';

const page = await openPage();
if (page) {
  if (meta('demo') === 'false') page.stage.show(noDemoView());
  else await new SignIn(page).start();
}
