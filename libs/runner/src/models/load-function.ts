import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** An exported function of a module on disk; TypeScript where the Node that runs this reads it. */
export async function loadFunction(
  file: string,
  exportName: string,
): Promise<(...parameters: readonly unknown[]) => unknown> {
  const place = path.resolve(file);
  let module: Record<string, unknown>;
  try {
    module = (await import(pathToFileURL(place).href)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`the module ${place} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const found = module[exportName];
  if (typeof found === 'function') return found as (...parameters: readonly unknown[]) => unknown;
  const names = Object.keys(module).join(', ') || 'nothing';
  throw new Error(`the module ${place} exports no function "${exportName}"; it exports ${names}`);
}
