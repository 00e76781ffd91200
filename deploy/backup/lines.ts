import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

/** Writes values as lines of JSON, packed. The file is complete when this resolves, and only then. */
export async function writeLines(file: string, values: AsyncIterable<unknown>): Promise<void> {
  const lines = async function* () {
    for await (const value of values) yield `${JSON.stringify(value)}\n`;
  };
  await pipeline(Readable.from(lines()), createGzip(), createWriteStream(file));
}

export async function* readLines<T>(file: string): AsyncGenerator<T> {
  const unpacked = createReadStream(file).pipe(createGunzip());
  for await (const line of createInterface({ input: unpacked, crlfDelay: Infinity }))
    yield JSON.parse(line) as T;
}

/** What an operator can mend. */
export class BackupError extends Error {}
