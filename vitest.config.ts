import { defineConfig } from 'vitest/config';

const shared = {
  resolve: { tsconfigPaths: true },
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['{libs,services,deploy}/**/*.test.ts'],
          exclude: ['**/*.it.test.ts', '**/node_modules/**'],
        },
      },
      {
        ...shared,
        test: {
          name: 'it',
          include: ['{libs,services,deploy}/**/*.it.test.ts'],
          exclude: ['**/node_modules/**'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
