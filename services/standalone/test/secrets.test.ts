import { describeField } from '@allora/service-kit/config-field';
import { Log } from '@allora/service-kit/log';
import { expect, it } from 'vitest';
import { standaloneConfig } from '../src/config';

const secretFields = Object.entries(standaloneConfig.shape)
  .map(([name, field]) => describeField(name, field))
  .filter(({ secret }) => secret);

it('no secret setting of any service gets into the log, however deep it lies', () => {
  expect(secretFields.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['networkKey', 'evmSigningKey']),
  );
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = Log.create({ name: 'test', level: 'info', format: 'json', destination });
  for (const { name } of secretFields) {
    const value = name.endsWith('Url') ? 'postgresql://allora:hunter2@localhost/allora' : 'hunter2';
    for (const facts of [
      { [name]: value },
      { config: { [name]: value } },
      { app: { config: { [name]: value } } },
    ])
      log.info(facts, name);
  }
  expect(lines).toHaveLength(3 * secretFields.length);
  expect(lines.filter((line) => line.includes('hunter2'))).toEqual([]);
});
