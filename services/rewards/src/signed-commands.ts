import { availableParallelism } from 'node:os';
import { RefusalError } from '@allora/contracts/errors';
import type { ExecuteCommandResponse } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { SignedMessage, SignedPayload } from '@allora/contracts/gen/allora/signing/v1/signing';
import { TopicCoordinatorService } from '@allora/contracts/gen/allora/topics/v1/topics';
import { accountKeyOf } from '@allora/identity/account-key';
import { SignatureChecks } from '@allora/identity/signature-checks';
import type { SignatureClaim } from '@allora/identity/signature-claim';
import { Clock } from '@allora/service-kit/clock';
import { type GrpcClient, GrpcClients } from '@allora/service-kit/grpc-client';
import { NetworkKey } from '@allora/service-kit/network-key';
import { RateLimits } from '@allora/service-kit/rate-limits';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Commands, type ProvenCommand } from './commands';
import { REWARDS_CONFIG, type RewardsConfig } from './config';
import { type ClaimedCommand, NETWORK, readPayload } from './signed-payloads';
import { TopicsStore } from './topics.store';

type BodyName = NonNullable<SignedPayload['body']>['$case'];

interface Checking {
  readonly claim: SignatureClaim;
  settle(holds: boolean): void;
  fail(error: unknown): void;
}

/** A core is left to the event loop; a process of many services has none to spare. */
const defaultThreads = ({ bus }: RewardsConfig) =>
  bus === 'kafka' ? Math.min(4, availableParallelism() - 1) : 0;

/** Commands as their authors sign them: shared by HTTP and gRPC. */
@Injectable()
export class SignedCommands implements OnApplicationShutdown {
  private readonly coordinator: GrpcClient<typeof TopicCoordinatorService>;
  private readonly signatures: SignatureChecks;
  private checking: Checking[] = [];

  constructor(
    @Inject(REWARDS_CONFIG) private readonly config: RewardsConfig,
    private readonly commands: Commands,
    private readonly topics: TopicsStore,
    private readonly rateLimits: RateLimits,
    private readonly networkKey: NetworkKey,
    private readonly clock: Clock,
    clients: GrpcClients,
  ) {
    this.coordinator = clients.connect(TopicCoordinatorService, config.coordinatorGrpcAddress);
    this.signatures = new SignatureChecks(config.verifyThreads ?? defaultThreads(config));
  }

  /** The command of a message that proves its author; a repeat answers as the first time. */
  async execute(
    signed: SignedMessage | undefined,
    ...bodies: readonly BodyName[]
  ): Promise<{ command: ProvenCommand; answer: ExecuteCommandResponse }> {
    if (!signed) throw new RefusalError('MALFORMED', 'the signed message is missing');
    const claimed = readPayload(signed.payload, bodies);
    await this.requireAuthor(claimed, signed);
    return { command: claimed.command, answer: await this.apply(claimed.command) };
  }

  /** Of a command whose author is known to want it. A topic just made may not have come by the log yet: its owner knows. */
  async apply(command: ProvenCommand): Promise<ExecuteCommandResponse> {
    for (const isLast of [false, false, true]) {
      const [result] = await this.commands.execute([command]);
      if (result!.accepted) return result!.answer;
      const { refusal } = result!;
      const isLearned = !isLast && refusal.code === 'UNKNOWN_TOPIC' && (await this.learnTopic(refusal));
      if (!isLearned) throw refusal;
    }
    throw new Error('a topic that is known is unknown');
  }

  async onApplicationShutdown(): Promise<void> {
    await this.signatures.close();
  }

  private async learnTopic({ facts }: RefusalError): Promise<boolean> {
    const { topic } = await this.coordinator.getTopic({ topicId: Number(facts.topicId) });
    if (topic) await this.topics.learn(topic);
    return topic !== undefined;
  }

  private async requireAuthor({ chainId, command }: ClaimedCommand, signed: SignedMessage): Promise<void> {
    const signer = accountKeyOf(signed.publicKey);
    const isNetworks = command.author === NETWORK;
    const isAuthors = isNetworks
      ? this.networkKey.accepts(signed.publicKey, this.clock.nowMs())
      : signer?.address === command.author;
    const isPlausible = chainId === this.config.chainId && isAuthors;
    const claim = signer && { point: signer.point, digest: command.hash, signature: signed.signature };
    if (!isPlausible || !claim || !(await this.check(claim))) {
      throw new RefusalError(
        'BAD_SIGNATURE',
        `the signature is not ${isNetworks ? "the network's" : `${command.author}'s`} for chain ${this.config.chainId}`,
      );
    }
    if (isNetworks) return;
    if (!this.rateLimits.spendForKey(command.author)) await this.rateLimits.takeForKey(command.author);
  }

  /** What one turn of the event loop brings is checked together. */
  private check(claim: SignatureClaim): Promise<boolean> {
    return new Promise((settle, fail) => {
      if (this.checking.length === 0) setImmediate(() => void this.checkAll());
      this.checking.push({ claim, settle, fail });
    });
  }

  private async checkAll(): Promise<void> {
    const checking = this.checking.splice(0);
    try {
      const answers = await this.signatures.verify(checking.map(({ claim }) => claim));
      checking.forEach(({ settle }, i) => settle(answers[i] === true));
    } catch (error) {
      for (const { fail } of checking) fail(error);
    }
  }
}
