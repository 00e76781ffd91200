// What a container starts: the service that SERVICE names. `--check` only looks whether there is one.
import { existsSync, readdirSync } from 'node:fs';

const services = new URL('../dist/services/', import.meta.url);
const name = process.env.SERVICE ?? '';
const entry = new URL(`${name}/main.js`, services);
if (!/^[a-z-]+$/.test(name) || !existsSync(entry)) {
  process.stderr.write(
    `SERVICE: expected one of ${readdirSync(services).sort().join(', ')}, got "${name}"\n`,
  );
  process.exit(1);
}
if (process.argv[2] === '--check') process.exit(0);
await import(entry.href);
