export type BrowserKind = 'chrome' | 'chromeAndroid' | 'edge' | 'firefox' | 'safari' | 'safariIos' | 'other';

/** Which browser's words and picture help with a refused permission. Only for help, never for a decision. */
export function browserKind(userAgent: string, touchPoints: number): BrowserKind {
  // An iPad asks for desktop pages by calling itself a Mac; Macs have no touch screen.
  const ios = /iPhone|iPad|iPod/.test(userAgent) || (userAgent.includes('Macintosh') && touchPoints > 1);
  if (ios) return 'safariIos';
  if (userAgent.includes('Edg/')) return 'edge';
  if (userAgent.includes('Firefox/')) return 'firefox';
  if (userAgent.includes('Chrome/')) return userAgent.includes('Android') ? 'chromeAndroid' : 'chrome';
  return userAgent.includes('Safari/') ? 'safari' : 'other';
}
