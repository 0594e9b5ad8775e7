/** Opens the sign-in page. */

import { openPage } from '../page.ts';
import { SignIn } from './flow.ts';

const page = await openPage({ cookies: true });
if (page) await new SignIn(page).start();
