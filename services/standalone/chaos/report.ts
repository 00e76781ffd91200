import type { Fault, Plan } from './plan';

export interface Progress {
  readonly seconds: number;
  readonly height: number;
  readonly submitted: number;
  readonly accepted: number;
  readonly inflight: number;
  readonly faults: number;
  readonly down: readonly string[];
}

/** Where a run says what it does: for people, or in JSON lines. */
export interface Reporter {
  plan(plan: Plan): void;
  note(text: string): void;
  fault(fault: Fault, outcome: string): void;
  progress(progress: Progress): void;
  result(result: Readonly<Record<string, unknown>>): void;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

export function createReporter(json: boolean): Reporter {
  const line = (value: object): void => void process.stdout.write(`${JSON.stringify(value)}\n`);
  if (json)
    return {
      plan: (plan) => line({ type: 'plan', ...plan }),
      note: (text) => line({ type: 'note', text }),
      fault: (fault, outcome) => line({ type: 'fault', ...fault, outcome }),
      progress: (progress) => line({ type: 'progress', ...progress }),
      result: (result) => line({ type: 'result', ...result }),
    };
  const tell = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    plan: ({ scenario, seed, minutes, faults, sha256 }) => {
      tell(`${scenario}, seed ${seed}, ${minutes} min: ${faults.length} faults, plan ${sha256.slice(0, 16)}`);
      for (const { atMs, kind, target, durationMs } of faults)
        tell(
          `  ${seconds(atMs).padStart(9)}  ${kind.padEnd(12)}  ${target.padEnd(18)}  ${seconds(durationMs)}`,
        );
    },
    note: (text) => tell(`· ${text}`),
    fault: ({ kind, target }, outcome) => tell(`  ! ${kind} ${target} ${outcome}`),
    progress: (p) =>
      tell(
        `${String(p.seconds).padStart(5)} s  block ${p.height}  submitted ${p.submitted}  accepted ${p.accepted}  ` +
          `in flight ${p.inflight}  faults ${p.faults}${p.down.length > 0 ? `  down: ${p.down.join(', ')}` : ''}`,
      ),
    result: (result) => {
      for (const [name, value] of Object.entries(result)) process.stdout.write(`${row(name, value)}\n`);
      process.stdout.write(`${JSON.stringify({ type: 'result', ...result })}\n`);
    },
  };
}

function row(name: string, value: unknown): string {
  const label = `  ${name.padEnd(28)}`;
  if (!Array.isArray(value))
    return label + (typeof value === 'object' ? JSON.stringify(value) : String(value));
  const lines = value.map((one) => `\n      ${JSON.stringify(one)}`);
  return `${label}${value.length}${lines.join('')}`;
}
