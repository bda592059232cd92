import type { Device } from '@sotto/protocol/signIn';

/** Each before those that claim to be it too. */
const browsers: readonly (readonly [RegExp, Device['browser']])[] = [
  [/\b(?:Edg|EdgA|EdgiOS)\//, 'edge'],
  [/\b(?:OPR|SamsungBrowser|YaBrowser|Vivaldi)\//, 'other'],
  [/\b(?:Firefox|FxiOS)\//, 'firefox'],
  [/(?:Chrome|CriOS)\//, 'chrome'],
  [/\bSafari\//, 'safari'],
];
const systems: readonly (readonly [RegExp, Device['system']])[] = [
  [/\b(?:iPhone|iPad|iPod)\b/, 'ios'],
  [/\bAndroid\b/, 'android'],
  [/\bWindows\b/, 'windows'],
  [/\bMacintosh\b/, 'macos'],
  [/\b(?:Linux|X11|CrOS)\b/, 'linux'],
];

const first = <T>(text: string, known: readonly (readonly [RegExp, T])[]): T | undefined =>
  known.find(([pattern]) => pattern.test(text))?.[1];

/** What a browser says it is, in the few words that a person tells devices apart by. It may say anything. */
export function deviceOf(userAgent: string | null): Device {
  const text = userAgent ?? '';
  return { browser: first(text, browsers) ?? 'other', system: first(text, systems) ?? 'other' };
}
