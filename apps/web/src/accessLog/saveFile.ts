/** Hands a text to the person as a file; nothing of it is kept by the page. */
export function saveFile(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun with the click; a moment later nothing needs the address any more.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
