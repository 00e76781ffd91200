import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const shared = {
  resolve: { tsconfigPaths: true },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

/**
 * In the order of their start: those that take long first, so that none is left over at the end when the other workers have no
 * more. Between those that start many processes stand some that start none: side by side they would only slow each other down.
 */
const longest = [
  'services/standalone/test/operations/upgrade.ops.test.ts',
  'services/rewards/test/model/ledger-model.it.test.ts',
  'services/standalone/test/known-faults-form.it.test.ts',
  'services/standalone/test/examples.it.test.ts',
  'deploy/migrate/migrate.it.test.ts',
  'services/standalone/chaos/chaos.it.test.ts',
  'deploy/image/image.ops.test.ts',
  'services/standalone/test/e2e/networks.it.test.ts',
  'deploy/dashboards/prometheus.it.test.ts',
  'services/standalone/test/operations/restore.ops.test.ts',
  'libs/bus/test/kafka.it.test.ts',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = longest.findIndex((file) => moduleId.endsWith(`/${file}`));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{libs,services,deploy,examples}/**/*.test.ts'],
          exclude: ['**/*.it.test.ts', '**/*.ops.test.ts', '**/node_modules/**'],
          testTimeout: 30_000,
          // What the files import is loaded once a worker, which is half of their time.
          isolate: false,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 0 },
        },
      },
      {
        ...shared,
        test: {
          name: 'it',
          include: ['{libs,services,deploy,examples}/**/*.it.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          isolate: false,
          // They wait for the servers more than they work. Each file has its own database, its own Kafka prefix and free ports.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        ...shared,
        test: {
          // Upgrades, recovery and the image: they take minutes, beside the others of which each takes seconds.
          name: 'ops',
          include: ['{services,deploy}/**/*.ops.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
