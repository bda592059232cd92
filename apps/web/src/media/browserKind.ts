export type BrowserKind = 'chrome' | 'chromeAndroid' | 'edge' | 'firefox' | 'safari' | 'safariIos' | 'other';

/** Which browser's words and picture help with a refused permission. Only for help, never for a decision. */
export function browserKind(userAgent: string, touchPoints: number): BrowserKind {
  // An iPad asks for desktop pages by calling itself a Mac; Macs have no touch screen.
  const ios = /iPhone|iPad|iPod/.test(userAgent) || (/Macintosh/.test(userAgent) && touchPoints > 1);
  if (ios) return 'safariIos';
  if (/Edg\//.test(userAgent)) return 'edge';
  if (/Firefox\//.test(userAgent)) return 'firefox';
  if (/Chrome\//.test(userAgent)) return /Android/.test(userAgent) ? 'chromeAndroid' : 'chrome';
  if (/Safari\//.test(userAgent)) return 'safari';
  return 'other';
}
