import * as z from 'zod';

/** What the Service Worker asks a page for, with the port that `serveFile` answers on. */
export const playRequest = z.strictObject({
  type: z.literal('sotto/play/v1'),
  /** Of one playback: 128 random bits. */
  id: z.string().regex(/^[\w-]{22}$/),
  track: z.int().min(0).max(65_535),
  range: z.string().max(128).nullable(),
});
export type PlayRequest = z.infer<typeof playRequest>;

/** Where a `<video>` finds a track. */
export const playPath = (id: string, track: number): string => `/play/${id}/${String(track)}`;
