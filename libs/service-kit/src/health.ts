/** Resolves when the part is well, rejects when not; one that takes too long counts as failed. */
export type Probe = () => Promise<unknown>;

export type Phase = 'starting' | 'running' | 'stopping';

const probeTimeoutMs = 2_000;

/** What the process needs to do its work, by name. */
export class HealthProbes {
  private readonly probes = new Map<string, Probe>();
  private readonly stopped = new AbortController();
  private present: Phase = 'starting';

  constructor(private readonly timeoutMs = probeTimeoutMs) {}

  add(name: string, probe: Probe): void {
    if (this.probes.has(name)) throw new Error(`a probe named ${name} is already there`);
    this.probes.set(name, probe);
  }

  get phase(): Phase {
    return this.present;
  }

  /** Aborts as the stop begins: whoever holds an answer open (a stream) ends it then. */
  get stopping(): AbortSignal {
    return this.stopped.signal;
  }

  enter(phase: Phase): void {
    this.present = phase;
    if (phase === 'stopping') this.stopped.abort();
  }

  /** Names of what fails now, the phase itself included when it is not `running`. */
  async failing(): Promise<string[]> {
    const results = await Promise.all(
      [...this.probes].map(async ([name, probe]) => ((await this.passes(probe)) ? [] : [name])),
    );
    return [...(this.present === 'running' ? [] : [this.present]), ...results.flat()];
  }

  private async passes(probe: Probe): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), this.timeoutMs);
    });
    const outcome = Promise.resolve()
      .then(probe)
      .then(
        () => true,
        () => false,
      );
    try {
      return await Promise.race([outcome, timeout]);
    } finally {
      clearTimeout(timer);
    }
  }
}
