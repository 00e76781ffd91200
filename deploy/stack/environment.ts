import { reasonOf, StackError } from './errors';
import { listening, probes } from './probe';
import type { Part } from './state';

export const environmentVariables = {
  postgres: 'DATABASE_URL',
  kafka: 'KAFKA_BROKERS',
  redis: 'REDIS_URL',
} as const;

/** What the environment names, if it answers; one that does not is an error, never a reason to use something else. */
export async function environmentServer(
  part: Part,
): Promise<{ address: string; version: string } | undefined> {
  const variable = environmentVariables[part];
  const address = process.env[variable];
  if (!address) return undefined;
  try {
    return { address, ...(await probes[part](address)) };
  } catch (error) {
    if (part === 'kafka' && (await someoneListens(address))) return { address, version: '' };
    // The address may hold a password: the variable's name must do.
    const reason = reasonOf(error).replaceAll(address, variable);
    throw new StackError(
      'ADDRESS_UNREACHABLE',
      `${variable} is set but unreachable (${reason}): start it, or unset ${variable}`,
    );
  }
}

function someoneListens(brokers: string): Promise<boolean> {
  return Promise.any(brokers.split(',').map(listening)).then(
    () => true,
    () => false,
  );
}
