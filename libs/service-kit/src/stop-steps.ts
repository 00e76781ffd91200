import type { Log } from './log';

interface Step {
  readonly name: string;
  readonly stop: (graceMs: number) => Promise<void> | void;
}

/** A step whose end is not in sight leaves the steps after it this share of the time that is left. */
const shareOfRemaining = 0.5;
const leastGraceMs = 50;

/** What has to be undone, last added first. A step that fails or takes too long is logged and does not keep the rest from it. */
export class StopSteps {
  private readonly steps: Step[] = [];
  private running: Promise<boolean> | undefined;

  constructor(
    private readonly log: Log,
    private readonly timeoutMs: number,
  ) {}

  add(name: string, stop: Step['stop']): void {
    this.steps.push({ name, stop });
  }

  /** True when every step ended well. Later calls share the first one's run. */
  run(): Promise<boolean> {
    return (this.running ??= this.runAll());
  }

  private async runAll(): Promise<boolean> {
    const endMs = performance.now() + this.timeoutMs;
    let clean = true;
    for (const step of this.steps.splice(0).reverse()) {
      const graceMs = Math.max(leastGraceMs, (endMs - performance.now()) * shareOfRemaining);
      clean = (await this.runOne(step, graceMs)) && clean;
    }
    return clean;
  }

  private async runOne({ name, stop }: Step, graceMs: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    // A step that cuts off at graceMs by itself gets a moment more to return.
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new Error(`took longer than ${Math.round(graceMs)} ms`)),
        graceMs + leastGraceMs,
      );
    });
    try {
      await Promise.race([Promise.resolve().then(() => stop(graceMs)), late]);
      return true;
    } catch (error) {
      this.log.error({ error, step: name }, 'a step of the stop failed');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }
}
