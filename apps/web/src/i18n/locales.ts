/** The languages of the interface. Each has a file in `messages/` with the same keys. */
export const locales = ['en', 'es'] as const;
export type Locale = (typeof locales)[number];

/** How each language calls itself. */
export const localeNames: Record<Locale, string> = { en: 'English', es: 'Español' };

export const defaultLocale: Locale = 'en';
