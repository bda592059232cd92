/** The file picker of those browsers that have one. */
type SavePicker = (options: {
  suggestedName: string;
  types: { description: string; accept: Record<string, string[]> }[];
}) => Promise<{ createWritable(): Promise<WritableStream<Uint8Array<ArrayBuffer>>> }>;

/** What a file is, as a file picker names it. */
export interface FileKind {
  readonly name: string;
  readonly mediaType: string;
  /** With its dot. */
  readonly suffix: string;
}

export const webmFile: FileKind = { name: 'WebM', mediaType: 'video/webm', suffix: '.webm' };
export const jsonFile: FileKind = { name: 'JSON', mediaType: 'application/json', suffix: '.json' };

export type LetGo = () => void;

/** What a browser without a file picker has to hold in memory before it can save it: beyond, it is warned of. */
export const largeFile = 512 * 1024 * 1024;

const pickerOf = (): SavePicker | null => {
  const { showSaveFilePicker } = window as Window & { showSaveFilePicker?: SavePicker };
  return showSaveFilePicker === undefined ? null : showSaveFilePicker.bind(window);
};

/** Whether a file goes straight to the disk as it is read. */
export const savesAsItReads = (): boolean => pickerOf() !== null;

/**
 * Writes a stream to a file that the person chooses, or that the browser puts among its downloads.
 *
 * @param name without a suffix
 * @param open asked only once a place was chosen
 * @param onProgress octets so far
 * @returns lets go of what the browser holds of the file to save it, which it does by itself after a minute; null if the person
 *   chose no place
 * @throws what the stream errors with; then there is no whole file
 */
export async function saveFile(
  name: string,
  { name: kind, mediaType, suffix }: FileKind,
  open: () => ReadableStream<Uint8Array<ArrayBuffer>>,
  onProgress: (octets: number) => void,
): Promise<LetGo | null> {
  let done = 0;
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform: (piece, controller) => {
      done += piece.length;
      onProgress(done);
      controller.enqueue(piece);
    },
  });
  const picker = pickerOf();
  if (picker === null) {
    const blob = await new Response(open().pipeThrough(counted)).blob();
    return download(`${name}${suffix}`, new Blob([blob], { type: mediaType }));
  }
  const types = [{ description: kind, accept: { [mediaType]: [suffix] } }];
  const file = await picker({ suggestedName: `${name}${suffix}`, types }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  });
  if (file === null) return null;
  await open()
    .pipeThrough(counted)
    .pipeTo(await file.createWritable());
  return () => undefined;
}

function download(name: string, content: Blob): LetGo {
  const address = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  const letGo = () => URL.revokeObjectURL(address);
  // The browser has begun to read it by then.
  setTimeout(letGo, 60_000);
  return letGo;
}
