/** Whether passkeys can be used on this page. Knows no way in and no act. */

import { passkeysSupported } from '@countersign/browser';
import { meta } from './page.ts';

/** True where both this browser and this server can: at an address that is a number the server can't. */
export function passkeysWork(): boolean {
  return meta('passkeys') === 'on' && passkeysSupported();
}
