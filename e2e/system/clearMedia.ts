import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** What stands in each of our WebM files in clear: the document's type, and its tracks' codecs. */
const marks = ['\u0042\u0082\u0084webm', 'V_VP8', 'A_OPUS'];

/** Files below a folder that have a mark of clear media. */
export function clearMediaBelow(folder: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...clearMediaBelow(path));
    else if (entry.isFile() && statSync(path).size < 512 * 1024 * 1024) {
      const text = readFileSync(path, 'latin1');
      if (marks.some((mark) => text.includes(mark))) found.push(path);
    }
  }
  return found;
}

/** What this page's origin keeps in the browser: octets in private files, and how many of them have such a mark. */
export function keptInBrowser(page: Page): Promise<{ files: number; octets: number; clear: string[] }> {
  return page.evaluate(async (wanted) => {
    const kept = { files: 0, octets: 0, clear: [] as string[] };
    const decoder = new TextDecoder('latin1');
    // latin1 of the platform is windows-1252: the marks' own octets are read as it reads them.
    const texts = wanted.map((mark) => decoder.decode(Uint8Array.from(mark, (letter) => letter.charCodeAt(0))));
    const look = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') await look(handle, `${path}/${name}`);
        else {
          const octets = new Uint8Array(await (await handle.getFile()).arrayBuffer());
          kept.files += 1;
          kept.octets += octets.length;
          const text = decoder.decode(octets);
          if (texts.some((mark) => text.includes(mark))) kept.clear.push(`${path}/${name}`);
        }
      }
    };
    await look(await navigator.storage.getDirectory(), '');
    for (const { name } of await indexedDB.databases()) {
      if (name === undefined) continue;
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(new Error('not opened'));
      });
      for (const store of database.objectStoreNames) {
        const rows = await new Promise<unknown[]>((resolve) => {
          const request = database.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => resolve(request.result as unknown[]);
        });
        const text = JSON.stringify(rows, (_, value: unknown) =>
          value instanceof Uint8Array ? decoder.decode(value) : value,
        );
        if (texts.some((mark) => text.includes(mark))) kept.clear.push(`${name}/${store}`);
      }
      database.close();
    }
    return kept;
  }, marks);
}
