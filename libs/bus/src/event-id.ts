import { randomFillSync } from 'node:crypto';

const random = Buffer.alloc(16);

/** UUID version 7: begins with the time, so that new ids land together in the index of the inbox. */
export function newEventId(nowMs = Date.now()): string {
  randomFillSync(random);
  random.writeUIntBE(nowMs, 0, 6);
  random[6] = (random[6]! & 0x0f) | 0x70;
  random[8] = (random[8]! & 0x3f) | 0x80;
  const hex = random.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
