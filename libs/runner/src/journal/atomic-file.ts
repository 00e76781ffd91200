import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';

/** What a journal asks of a disk. */
export interface Disk {
  /** Null when there is no such file. */
  read(file: string): Promise<string | null>;
  /** Once it resolves, the new content is there after a crash, and at no moment is half of it. */
  replace(file: string, content: string): Promise<void>;
}

export const disk: Disk = {
  read: async (file) => {
    try {
      return await readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  },
  replace: async (file, content) => {
    const folder = path.dirname(file);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const next = `${file}.next`;
    await synced(next, 'w', content);
    await rename(next, file);
    await synced(folder, 'r');
  },
};

async function synced(place: string, flags: 'w' | 'r', content?: string): Promise<void> {
  const handle = await open(place, flags, 0o600);
  try {
    if (content !== undefined) await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
