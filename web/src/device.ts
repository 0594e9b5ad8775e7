/** What this browser calls itself: a claim for people to read, never a security input. */

import type { DeviceClaim } from '@countersign/browser';

const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(Firefox|FxiOS)\//, 'Firefox'],
  [/(Chrome|CriOS)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];

/** Names a browser and its system by the user agent, in words that people use. */
export function describeDevice(userAgent: string): DeviceClaim {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'Browser';
  const platform = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const name = platform ? `${browser} on ${platform}` : browser;
  return { kind: 'browser', name, ...(platform && { platform }) };
}
