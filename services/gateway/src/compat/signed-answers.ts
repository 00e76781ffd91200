/** Answers kept at most; the one not made anew for longest goes first. */
const MOST_ANSWERS = 10_000;

interface SignedAnswer {
  readonly text: string;
  readonly nonce: number;
  readonly timestampSeconds: number;
}

/** What the text of an answer depends on. */
export interface Asked {
  readonly topicId: number;
  readonly format: string;
  readonly valueType: string;
  /** Epoch of the inference: at one nonce a topic has one. */
  readonly nonce: number;
  /** Of now; what is answered is never of another second. */
  readonly timestampSeconds: number;
}

/**
 * Signing costs more than all the rest of an answer, and within one second the signature would be the same: so each second it
 * is made once for each topic, format and type.
 */
export class SignedAnswers {
  private readonly answers = new Map<string, SignedAnswer>();

  constructor(private readonly most = MOST_ANSWERS) {}

  get size(): number {
    return this.answers.size;
  }

  /** The answer of this second, from `sign` where there is none. What `sign` throws is not kept. */
  of({ topicId, format, valueType, nonce, timestampSeconds }: Asked, sign: () => string): string {
    const key = `${topicId} ${format} ${valueType}`;
    const kept = this.answers.get(key);
    if (kept?.timestampSeconds === timestampSeconds && kept.nonce === nonce) return kept.text;
    const text = sign();
    this.answers.delete(key);
    this.answers.set(key, { text, nonce, timestampSeconds });
    if (this.answers.size > this.most) this.answers.delete(this.answers.keys().next().value ?? key);
    return text;
  }
}
