/**
 * The protocol as a filter: one JSON request a line on stdin, one JSON answer a line on stdout, in order.
 *   {"id": "...", "stage": "synthesis", "params": {...}, "input": {...}}
 *   {"id": "...", "output": {...}}  or  {"id": "...", "error": {"code": "...", "message": "..."}}
 */
import { once } from 'node:events';
import { answerLine, refuseLongLine } from './answer';

/** Longest request held in memory; a case of 1000 inferers, 100 forecasters and 50 reputers takes about 100 MiB. */
const LINE_BYTES_MAX = 256 * 1024 * 1024;
const NEWLINE = 0x0a;

async function write(answer: string): Promise<void> {
  if (!process.stdout.write(`${answer}\n`)) await once(process.stdout, 'drain');
}

/** Lines of a byte stream; null stands for one that was too long and was skipped. */
async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string | null> {
  let parts: Buffer[] = [];
  let bytes = 0;
  const finish = (): string | null => {
    const line = bytes > LINE_BYTES_MAX ? null : Buffer.concat(parts).toString('utf8');
    parts = [];
    bytes = 0;
    return line;
  };
  const hold = (part: Buffer): void => {
    bytes += part.length;
    if (bytes > LINE_BYTES_MAX) parts = [];
    else parts.push(part);
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      hold(chunk.subarray(from, at));
      yield finish();
      from = at + 1;
    }
    hold(chunk.subarray(from));
  }
  if (bytes > 0) yield finish();
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader went away, as `head` does: nothing is left to do.
  process.exit(error.code === 'EPIPE' ? 0 : 1);
});

for await (const line of readLines(process.stdin)) {
  if (line === null) await write(refuseLongLine(LINE_BYTES_MAX));
  else if (line.trim() !== '') await write(answerLine(line));
}
