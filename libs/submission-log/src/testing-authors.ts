import { createAccount } from '@allora/identity/account';
import { commitmentsTo } from './commitments';
import type { DoorKind, Submission } from './kind';
import { type Candidate, readJson } from './reading';
import { signedJson } from './testing';
import { TOPICS } from './testing-coordinator';

export type Fields = Readonly<Record<string, unknown>>;

/** Goes with values in SEALED, and nowhere else. */
export const SALT = '07'.repeat(32);
const unproven = { publicKey: '00'.repeat(33), signature: '00'.repeat(64) };

interface AuthorsOptions<P extends Submission> {
  readonly kind: DoorKind<P>;
  readonly chainId: string;
  /** What an author may submit, but for the nonce. */
  readonly sample: (author: string) => Fields;
}

/** Who makes of generated bodies what is true as well: signed by its author, and with a salt where one is asked for. */
export class TestAuthors<P extends Submission> {
  /** Submits the sample, whatever is generated. */
  readonly right = createAccount();
  /** Submits what is generated. */
  readonly careless = createAccount();
  /** Is not registered. */
  readonly stranger = createAccount();
  readonly all = [this.right, this.careless, this.stranger];

  constructor(private readonly options: AuthorsOptions<P>) {}

  get commitments() {
    const { kind } = this.options;
    if (kind.committedBody === undefined) throw new Error('nothing is committed to here');
    return commitmentsTo(kind, kind.committedBody);
  }

  /** The body of a request; what has not the documented form stays as it is. */
  dressed(operationId: string, body: Fields, topicId: number): unknown {
    if (Array.isArray(body.items))
      return { items: body.items.map((item: unknown) => this.dressedValue(item, topicId)) };
    if (!operationId.startsWith('commit')) return this.dressedValue(body, topicId);
    const read = this.read(this.commitments, body, topicId);
    return read ? this.signed(this.commitments, read) : body;
  }

  private dressedValue(body: unknown, topicId: number): unknown {
    const { kind, sample } = this.options;
    const generated = this.read(kind, body, topicId)?.submission;
    if (!generated) return body;
    const author = kind.author(generated);
    const isSealed = topicId === TOPICS.SEALED;
    const salt = kind.committedBody === undefined ? {} : { salt: isSealed ? SALT : undefined };
    const own = author === this.right.address ? sample(author) : {};
    const made = { ...(body as Fields), ...own, ...salt };
    return this.signed(kind, this.read(kind, made, topicId)!);
  }

  /** Undefined for what has not the documented form. */
  read<Q extends Submission>(door: DoorKind<Q>, body: unknown, topicId: number): Candidate<Q> | undefined {
    const { chainId } = this.options;
    const read = readJson(door, { chainId, topicId, body: { ...Object(body), ...unproven } as Fields });
    return read.form === 'sound' ? read.candidate : undefined;
  }

  signed<Q extends Submission>(door: DoorKind<Q>, { submission }: Candidate<Q>): unknown {
    const author = this.all.find(({ address }) => address === door.author(submission)) ?? this.stranger;
    return signedJson(author, this.options.chainId, door.wrap(submission)!);
  }
}
