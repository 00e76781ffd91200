import type { RunningApp } from '@allora/service-kit/app';
import { z } from 'zod';

const shown = z.looseObject({ key: z.string() });

/** A key made as operators make it; without a token configured they are let in on loopback. */
export async function issueKey(app: RunningApp, order: object = {}, token?: string): Promise<string> {
  const response = await fetch(`${app.operationsUrl}/operations/api-keys`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ name: 'a test', owner: 'tester', scopes: ['read'], ...order }),
  });
  return shown.parse(await response.json()).key;
}
