import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { rolldown } from 'rolldown';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AnsweringServer, json } from '../test/answering-server';

let server: AnsweringServer;
beforeEach(async () => {
  server = new AnsweringServer();
  await server.open();
});
afterEach(() => server.close());

/** What a browser's bundler makes of the consumer. The generated services are never called there. */
async function browserBundle(): Promise<string> {
  const root = path.resolve(import.meta.dirname, '../../..');
  const build = await rolldown({
    input: path.join(import.meta.dirname, 'consumer.ts'),
    platform: 'browser',
    tsconfig: path.join(root, 'tsconfig.base.json'),
    // Generated services stand beside the messages; a page has no use for them (README).
    plugins: [
      {
        name: 'no-grpc',
        resolveId: (id) => (id === '@grpc/grpc-js' ? '\0no-grpc' : null),
        load: (id) => (id === '\0no-grpc' ? 'export {};' : null),
      },
    ],
    shimMissingExports: true,
    logLevel: 'silent',
    treeshake: { moduleSideEffects: false, manualPureFunctions: ['makeGenericClientConstructor'] },
  });
  try {
    const { output } = await build.generate({ format: 'iife', name: 'allora' });
    expect(output[0].imports).toEqual([]);
    return output[0].code;
  } finally {
    await build.close();
  }
}

describe('the consumer in a browser', () => {
  it('needs nothing of Node', async () => {
    const code = await browserBundle();
    const globals = {
      fetch,
      AbortController,
      AbortSignal,
      TextDecoder,
      TextEncoder,
      URL,
      setTimeout,
      clearTimeout,
    };
    const context = createContext({ ...globals });
    runInContext(code, context);
    server.answers = [json(200, { chainId: 'test-1', networkPublicKey: '02ab' })];
    const answer = runInContext(
      `allora.createConsumer({ baseUrl: '${server.url}' }).network()`,
      context,
    ) as unknown;
    expect(await answer).toMatchObject({ chainId: 'test-1' });
  }, 30_000);
});
