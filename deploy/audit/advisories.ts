import { spawn } from 'node:child_process';

/** Of `npm audit --json`. */
export interface AuditReport {
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly range?: string; readonly fixAvailable?: unknown }>
  >;
  readonly error?: unknown;
  readonly message?: string;
}

export interface Finding {
  readonly name: string;
  readonly severity: string;
}

const GRAVE = new Set(['high', 'critical']);

/** What has to be mended before a release; undefined where the registry gave no report. */
export function graveFindings({ vulnerabilities }: AuditReport): Finding[] | undefined {
  if (vulnerabilities === undefined) return undefined;
  return Object.entries(vulnerabilities)
    .filter(([, { severity }]) => GRAVE.has(severity))
    .map(([name, { severity }]) => ({ name, severity }));
}

/** Asks the registry. What cannot be asked is a report without findings and without a list of them. */
export function askRegistry(root: string, timeoutMs: number): Promise<AuditReport> {
  const child = spawn('npm', ['audit', '--json'], {
    cwd: root,
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  return new Promise((resolve) => {
    child.once('error', ({ message }) => resolve({ message }));
    child.once('close', () => {
      try {
        resolve(JSON.parse(said) as AuditReport);
      } catch {
        resolve({ message: `npm audit said nothing within ${timeoutMs / 1_000} s` });
      }
    });
  });
}
