import { describe, expect, test } from 'vitest';
import { hasCode, parseScanCode } from '../src/index.ts';

const ISSUER = 'https://login.example';
const SCAN = 'AAECAwQFBgcICQoLDA0ODw.GypVt34Btu0';

test.each([
  `${ISSUER}/q#${SCAN}`,
  SCAN,
  `  ${ISSUER}/q#${SCAN}\n`,
  `HTTPS://LOGIN.EXAMPLE:443/q#${SCAN}`,
])('%j is a scan code', text => {
  expect(parseScanCode(text, ISSUER)).toEqual({ loginId: 'AAECAwQFBgcICQoLDA0ODw', scan: SCAN });
});

describe('refused as bad_scan_code', () => {
  test.each([
    '',
    'https://other.example',
    `https://other.example/q#${SCAN}`,
    `http://login.example/q#${SCAN}`,
    `https://login.example.evil/q#${SCAN}`,
    `https://login.example@evil.example/q#${SCAN}`,
    `https://user@login.example/q#${SCAN}`,
    `https://login.example/other#${SCAN}`,
    `https://login.example:8443/q#${SCAN}`,
    `${ISSUER}/q#${SCAN}.more`,
    `${ISSUER}/q#${SCAN}A`,
    'WIFI:S:home;T:WPA;P:secret;;',
    '#',
  ])('%j', text => {
    let thrown: unknown;
    try {
      parseScanCode(text, ISSUER);
    } catch (error) {
      thrown = error;
    }
    expect(hasCode(thrown, 'bad_scan_code')).toBe(true);
  });
});

test.each(['AAECAwQFBgcICQoLDA0ODw', 'AAECAwQFBgcICQoLDA0ODw.', SCAN.slice(0, -1)])(
  'a link that ends at %j is known to be cut off',
  text => {
    expect(() => parseScanCode(`${ISSUER}/q#${text}`, ISSUER)).toThrow('cut_scan_code');
  },
);
