/** What a build generates from the folder `app/[locale]`, for a checkout that hasn't been built. */
declare module 'next/root-params' {
  export function locale(): Promise<string>;
}
