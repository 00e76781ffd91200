import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { makeModel } from './make-model';

it('the model that is here is the one that its script makes', async () => {
  const made = Buffer.from(await makeModel());
  expect(made).toEqual(readFileSync(path.join(import.meta.dirname, 'model.onnx')));
});
