import type * as z from 'zod';

/** What a text in the database says, if it is of that shape; else null: whoever wrote it wasn't this program. */
export function parseStored<S extends z.ZodType>(schema: S, text: string | null): z.infer<S> | null {
  try {
    return schema.parse(JSON.parse(text ?? 'null'));
  } catch {
    return null;
  }
}
