import { describe, expect, it } from 'vitest';
import { newEventId } from './event-id';

describe('event ids', () => {
  it('are version 7 and carry their time', () => {
    const id = newEventId(0x0192_3456_789a);
    expect(id).toMatch(/^01923456-789a-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('differ within one millisecond', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newEventId(1)));
    expect(ids.size).toBe(10_000);
  });
});
