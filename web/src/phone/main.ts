/** Opens the phone page. A request in the address is taken out of it before anything else happens. */

import { type OpenedBy, parseScanCode } from '@countersign/browser';
import { onNextFragment, takeFragment } from '../fragment.ts';
import { keepOfflinePage } from '../install.ts';
import { meta, openPage } from '../page.ts';
import { Phone } from './flow.ts';

/** What the server saw of how this page was opened; not knowing counts as a link. */
function openedBy(): OpenedBy {
  return meta('opened-by') === 'cross-site-link' ? 'cross-site-link' : 'link';
}

async function open(phone: Phone, issuer: string, fragment: string): Promise<void> {
  if (!fragment) return phone.start();
  try {
    await phone.invite(parseScanCode(`${issuer}/q#${fragment}`, issuer).scan, openedBy());
  } catch (error) {
    phone.refuse(error);
  }
}

/** A browser may load a page before anybody asked for it: nothing happens until it is shown. */
function shown(): Promise<void> {
  if (!(document as { prerendering?: boolean }).prerendering) return Promise.resolve();
  return new Promise(resolve => {
    document.addEventListener('prerenderingchange', () => resolve(), { once: true });
  });
}

const fragment = takeFragment();
await shown();
const page = await openPage();
if (page) {
  const phone = new Phone(page, meta('registration') === 'open');
  const { issuer } = page.connection;
  onNextFragment(next => open(phone, issuer, next));
  keepOfflinePage();
  await open(phone, issuer, fragment);
}
