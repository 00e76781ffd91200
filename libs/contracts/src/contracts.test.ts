import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { allBusTopics } from './catalog';
import { errorRules } from './errors';
import { eventsPage } from './events-page';
import { DeadLetter } from './gen/allora/bus/v1/dead_letter';
import { Envelope } from './gen/allora/bus/v1/envelope';
import { SignedPayload } from './gen/allora/signing/v1/signing';

const here = path.join(import.meta.dirname, '..');
const golden = path.join(here, 'golden');
const readJson = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));

interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
  decode(bytes: Uint8Array): unknown;
  toJSON(message: unknown): unknown;
}

/** Bytes that were once on a log, or once signed, must be read for ever. */
const messages = new Map<string, Codec>([
  ...allBusTopics.map((topic) => [topic.schema, topic.message as unknown as Codec] as const),
  ['allora.signing.v1.SignedPayload', SignedPayload as unknown as Codec],
  ['allora.bus.v1.Envelope', Envelope as unknown as Codec],
  ['allora.bus.v1.DeadLetter', DeadLetter as unknown as Codec],
]);

describe('golden bytes', () => {
  it('exist for every message on the bus and every signed payload, and for no other', () => {
    const files = readdirSync(golden).filter((file) => file.endsWith('.json'));
    expect(new Set(files.map((file) => file.replace(/(-\w+)?\.json$/, '')))).toEqual(
      new Set(messages.keys()),
    );
  });

  for (const file of readdirSync(golden).filter((name) => name.endsWith('.json'))) {
    it(`decode to what ${file} says, and encode back to the same bytes`, () => {
      const { bytes, message } = readJson(path.join(golden, file)) as { bytes: string; message: unknown };
      const codec = messages.get(file.replace(/(-\w+)?\.json$/, ''))!;
      const decoded = codec.decode(new Uint8Array(Buffer.from(bytes, 'hex')));
      expect(codec.toJSON(decoded)).toEqual(message);
      expect(Buffer.from(codec.encode(decoded).finish()).toString('hex')).toBe(bytes);
    });
  }
});

describe('the catalog', () => {
  it('is what EVENTS.md shows', () => {
    expect(readFileSync(path.join(here, 'EVENTS.md'), 'utf8')).toBe(eventsPage());
  });

  it('names each Kafka topic once, with a version, a producer and a consumer', () => {
    const names = allBusTopics.map((topic) => topic.name);
    expect(new Set(names).size).toBe(names.length);
    for (const topic of allBusTopics) {
      expect(topic.name).toMatch(/^allora\.[a-z-]+\.v\d+$/);
      expect(topic.consumers.length).toBeGreaterThan(0);
    }
  });
});

describe('error rules', () => {
  it('answer every code with a 4xx or 5xx and a remedy', () => {
    for (const [code, rule] of Object.entries(errorRules)) {
      expect(code).toMatch(/^[A-Z_]+$/);
      expect(rule.status).toBeGreaterThanOrEqual(400);
      expect(rule.remedy.length).toBeGreaterThan(10);
    }
  });
});
