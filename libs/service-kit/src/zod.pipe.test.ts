import { RefusalError } from '@allora/contracts/errors';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ZodPipe } from './zod.pipe';

const pipe = new ZodPipe(
  z.object({ nonce: z.number().int(), elements: z.array(z.object({ inferer: z.string() })).default([]) }),
);

const refusal = (value: unknown): RefusalError => {
  try {
    pipe.transform(value);
  } catch (error) {
    if (error instanceof RefusalError) return error;
  }
  throw new Error('nothing was refused');
};

test('what fits is parsed', () => {
  expect(pipe.transform({ nonce: 5, unknown: true })).toEqual({ nonce: 5, elements: [] });
});

test('every wrong field is named by its path', () => {
  const { code, message, facts } = refusal({ nonce: 'x', elements: [{ inferer: 'a' }, { inferer: 2 }] });
  expect(code).toBe('MALFORMED');
  expect(message).toMatch(/^nonce: /);
  expect(facts.errors).toEqual([
    { path: 'nonce', message: expect.any(String) as unknown },
    { path: 'elements.1.inferer', message: expect.any(String) as unknown },
  ]);
});

test('no body at all', () => {
  expect(refusal(undefined).facts.errors).toEqual([{ path: '', message: expect.any(String) as unknown }]);
});

test('a flood of errors is cut', () => {
  expect(refusal({ nonce: 1, elements: Array.from({ length: 500 }, () => ({})) }).facts.errors).toHaveLength(
    20,
  );
});
