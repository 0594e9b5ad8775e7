/** Reads what a QR code or a link says. Decides only whether it is well-formed and ours. */

import { fromBase64Url } from './bytes.ts';
import { CountersignError } from './errors.ts';

const SCAN_PATH = '/q';

/** A whole login id, and less of the rest than there should be. */
const CUT = /^[A-Za-z0-9_-]{22}(\.[A-Za-z0-9_-]{0,10})?$/;

/** A scan code of this server. */
export interface ScanCode {
  loginId: string;
  /** `<login_id>.<mac>`: what to send as `scan`. */
  scan: string;
}

/**
 * Reads `https://<issuer>/q#<login_id>.<mac>`, or the part after `#`.
 * Throws `cut_scan_code` for the beginning of one, as a copied link may be, and `bad_scan_code` for anything
 * else, a link of another server included.
 */
export function parseScanCode(text: string, issuer: string): ScanCode {
  const trimmed = text.trim();
  const inner = trimmed.includes('#') ? fragmentOf(trimmed, issuer) : trimmed;
  const code = parseParts(inner);
  if (!code) throw new CountersignError(CUT.test(inner) ? 'cut_scan_code' : 'bad_scan_code');
  return code;
}

function fragmentOf(text: string, issuer: string): string {
  if (!URL.canParse(text)) return '';
  const url = new URL(text);
  const ours = url.origin === new URL(issuer).origin && url.pathname === SCAN_PATH;
  return ours && !url.username && !url.password ? url.hash.slice(1) : '';
}

function parseParts(scan: string): ScanCode | undefined {
  const [loginId = '', mac = '', ...more] = scan.split('.');
  if (more.length > 0) return undefined;
  if (fromBase64Url(loginId)?.length !== 16 || fromBase64Url(mac)?.length !== 8) return undefined;
  return { loginId, scan };
}
