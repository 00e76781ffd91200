import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'rolldown';

const root = import.meta.dirname;
const services = readdirSync(path.join(root, 'services'));
const input = Object.fromEntries(
  services
    .map((name) => [`services/${name}/main`, path.join(root, 'services', name, 'src/main.ts')])
    .concat([
      ['demo/main', path.join(root, 'services/standalone/demo/main.ts')],
      ['prepare/main', path.join(root, 'deploy/prepare/main.ts')],
      ['workers/verify-worker', path.join(root, 'libs/identity/src/verify-worker.ts')],
    ])
    .filter(([, file]) => existsSync(file)),
);

// Our own code is bundled with shared chunks; packages stay packages, as Nest and Prisma load parts of themselves by name.
export default defineConfig({
  input,
  platform: 'node',
  tsconfig: path.join(root, 'tsconfig.base.json'),
  external: (id) => !id.startsWith('.') && !path.isAbsolute(id) && !/^(@allora|@oxc-project)\//.test(id),
  transform: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  output: {
    dir: path.join(root, 'dist'),
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    chunkFileNames: 'shared/[name]-[hash].js',
    cleanDir: true,
  },
});
