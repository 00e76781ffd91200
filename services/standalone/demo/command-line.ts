import { AlloraError } from '@allora/sdk/errors';
import { InvalidArgumentError } from 'commander';

export const whole =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}`);
    }
    return value;
  };

export const seconds = (text: string): number => {
  const value = Number(text);
  if (!(value >= 0.01 && value <= 86_400))
    throw new InvalidArgumentError('expected seconds, from 0.01 to 86400');
  return value;
};

/** Aborted when the process is told to stop. */
export function stopSignal(): { signal: AbortSignal; stopped: Promise<void> } {
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve());
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  return { signal: stopping.signal, stopped };
}

export function inWords(error: unknown): string {
  if (error instanceof AlloraError) return `${error.message}\n${error.remedy}`;
  return error instanceof Error ? error.message : String(error);
}
