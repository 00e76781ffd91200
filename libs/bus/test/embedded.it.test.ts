import { createEmbeddedTransport } from '../src/embedded-transport';
import { busContract } from './bus.contract';
import { testLog } from './support';

busContract({
  name: 'embedded',
  open: (databaseUrl) =>
    Promise.resolve(
      createEmbeddedTransport({ databaseUrl, log: testLog, commitIntervalMs: 50, takeOverMs: 1_500 }),
    ),
  address: () => Promise.resolve({}),
});
