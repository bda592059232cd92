/** The file picker of those browsers that have one. */
type SavePicker = (options: {
  suggestedName: string;
  types: { description: string; accept: Record<string, string[]> }[];
}) => Promise<{ createWritable(): Promise<WritableStream<Uint8Array<ArrayBuffer>>> }>;

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
 * @param open asked only once a place was chosen
 * @param onProgress octets so far
 * @returns false if the person chose none
 * @throws what the stream errors with; then there is no whole file
 */
export async function saveFile(
  name: string,
  open: () => ReadableStream<Uint8Array<ArrayBuffer>>,
  onProgress: (octets: number) => void,
): Promise<boolean> {
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
    download(name, new Blob([blob], { type: 'video/webm' }));
    return true;
  }
  const types = [{ description: 'WebM', accept: { 'video/webm': ['.webm'] } }];
  const file = await picker({ suggestedName: name, types }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  });
  if (file === null) return false;
  await open()
    .pipeThrough(counted)
    .pipeTo(await file.createWritable());
  return true;
}

function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
