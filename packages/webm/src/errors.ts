/** The bytes aren't a recording as this package writes it. Says where in the format, never what stood there. */
export class WebmFormatError extends Error {
  override readonly name = 'WebmFormatError';
}

/** The caller passed something that no caller may pass. A bug there. */
export class WebmUsageError extends Error {
  override readonly name = 'WebmUsageError';
}
