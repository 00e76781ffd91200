/** Time of day, injected so that tests can drive it. */
export class Clock {
  nowMs(): number {
    return Date.now();
  }
}

/** Stands still until told. */
export class ManualClock extends Clock {
  constructor(private presentMs: number) {
    super();
  }

  override nowMs(): number {
    return this.presentMs;
  }

  set(ms: number): void {
    this.presentMs = ms;
  }

  advance(ms: number): void {
    this.presentMs += ms;
  }
}
