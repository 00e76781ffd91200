#!/usr/bin/env node
/**
 * Prisma's schema engine as its CLI expects it, without the download of the native program: the same engine's
 * WebAssembly build behind the native one's command line and JSON-RPC (a request a line on stdin, answers on stdout).
 * The CLI starts it by PRISMA_SCHEMA_ENGINE_BINARY.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { EngineDatabase, runOn, withDatabase } from './engine-database.mjs';

const { values: options, positionals } = parseArgs({
  strict: false, // a newer CLI's further options are not ours to refuse
  allowPositionals: true,
  options: {
    version: { type: 'boolean' },
    datamodels: { type: 'string', multiple: true },
    datasource: { type: 'string' },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
  },
});
/** `generate` and `diff` between files name no database: the engine still wants an adapter, and never connects it. */
const datasource = { url: 'postgresql://127.0.0.1/none', ...JSON.parse(options.datasource ?? '{}') };

if (options.version) console.log('schema-engine-cli wasm');
else if (positionals[0] === 'cli') await runDatabaseCommand(positionals[1]);
else serve();

async function runDatabaseCommand(command) {
  const { url } = datasource;
  const name = decodeURIComponent(new URL(url).pathname.slice(1));
  const admin = withDatabase(url, 'postgres');
  const commands = {
    'can-connect-to-database': () => runOn(url),
    'create-database': () => runOn(admin, `CREATE DATABASE "${name}"`),
    'drop-database': () => runOn(admin, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
  try {
    if (!Object.hasOwn(commands, command))
      throw new Error(`the WebAssembly schema engine has no command ${command}`);
    await commands[command]();
  } catch (error) {
    // The CLI skips the first line of stderr, then reads a log record a line.
    const fields = { message: error.message || String(error), error_code: prismaCode(error) };
    process.stderr.write(`\n${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}`);
    process.exitCode = 1;
  }
}

/** https://www.prisma.io/docs/orm/reference/error-reference: the CLI goes on from P1003 by making the database. */
function prismaCode({ code }) {
  if (code === '3D000') return 'P1003';
  return code?.startsWith('28') ? 'P1000' : 'P1001';
}

async function createEngine() {
  const folder = path.dirname(
    createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg'),
  );
  const module = new WebAssembly.Module(readFileSync(path.join(folder, 'schema_engine_bg.wasm')));
  const { exports } = new WebAssembly.Instance(module, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(exports);
  exports.__wbindgen_start();
  const datamodels = options.datamodels?.map((file) => [file, readFileSync(file, 'utf8')]);
  const logToCli = (line) => process.stderr.write(`${line}\n`);
  const database = bindMigrationAwareSqlAdapterFactory(new EngineDatabase(datasource));
  return bindings.SchemaEngine.new({ datamodels }, logToCli, database);
}

function serve() {
  let engine;
  let last = Promise.resolve();
  // One call at a time: the engine's calls share a connection, and the CLI pairs answers by id anyway.
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const request = JSON.parse(line);
      if (request.method) last = last.then(() => answer((engine ??= createEngine()), request));
    })
    .on('close', () => void last.then(() => process.exit(0)));
}

async function answer(engine, { id, method, params }) {
  try {
    const panic = panicked();
    const result = await Promise.race([panic, engine.then((ready) => call(ready, method, params))]);
    await send({ id, result: result ?? null });
  } catch (error) {
    const data = { is_panic: false, message: error.message ?? String(error), error_code: error.code };
    await send({
      id,
      error: { code: 4466, message: 'An error happened. Check the data field for details.', data },
    });
  }
}

/**
 * Rejects when the engine panics. It does so outside of any promise, and the call would never be answered; the CLI takes an
 * engine that just ends for a success and exits 0.
 */
function panicked() {
  let message;
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (text) => (message = text) };
  return new Promise((_, reject) => {
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) =>
      reject(new Error(`Schema engine panicked: ${message ?? error.stack}`)),
    );
  });
}

async function call(engine, method, params) {
  if (method === 'getDatabaseVersion') return engine.version(params);
  if (typeof engine[method] !== 'function')
    throw new Error(`the WebAssembly schema engine has no method ${method}`);
  const result = await engine[method](params);
  if (method !== 'diff') return result;
  // The native engine prints a diff by a call back to the CLI, which ignores the text in the answer.
  if (result.stdout)
    await send({ id: crypto.randomUUID(), method: 'print', params: { content: result.stdout } });
  return { exitCode: result.exitCode, stdout: null };
}

function send(message) {
  return new Promise((resolve) =>
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`, resolve),
  );
}
