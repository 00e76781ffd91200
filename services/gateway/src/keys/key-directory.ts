import { RefusalError } from '@allora/contracts/errors';
import type { Cache, Unsubscribe } from '@allora/service-kit/cache';
import type { ApiKey, KeyDirectory } from '@allora/service-kit/caller';
import { Callers } from '@allora/service-kit/callers';
import { Clock } from '@allora/service-kit/clock';
import { Log } from '@allora/service-kit/log';
import { CACHE } from '@allora/service-kit/tokens';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { GATEWAY_CONFIG, type GatewayConfig } from '../config';
import { ApiKeysStore } from './api-keys.store';
import { KeyQuotas } from './key-quotas';
import type { KeptKey } from './key-view';
import { isSecretOf, readToken, tokenHash } from './token';

const CHANNEL = 'gateway:api-keys';
/** How far apart the clocks of two replicas may be, and how long a change may take to be committed. */
const OVERLAP_MS = 300_000;
const NOTE_USE_MS = 15_000;

interface Entry {
  readonly apiKey: ApiKey;
  readonly secretHash: Uint8Array;
  readonly expiresAtMs: number;
}

/** Every key that stands, in memory: a request with a key costs one hash, and one with a made-up key no more. */
@Injectable()
export class ApiKeyDirectory implements KeyDirectory, OnModuleInit, OnModuleDestroy {
  private readonly entries = new Map<string, Entry>();
  private used = new Map<string, number>();
  private knownAtMs: number | undefined;
  private timers: NodeJS.Timeout[] = [];
  private unsubscribe: Unsubscribe | undefined;
  /** One look at a time: what an earlier one found never covers what a later one did. */
  private looking: Promise<void> = Promise.resolve();

  constructor(
    @Inject(GATEWAY_CONFIG) private readonly config: GatewayConfig,
    @Inject(CACHE) private readonly cache: Cache,
    private readonly store: ApiKeysStore,
    private readonly quotas: KeyQuotas,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly callers: Callers,
  ) {}

  async onModuleInit(): Promise<void> {
    this.unsubscribe = await this.cache.subscribe(CHANNEL, (id) => void this.lookAt(id.toString()));
    await this.look();
    this.callers.useDirectory(this);
    this.timers = [
      setInterval(() => void this.lookAgain(), this.config.apiKeyTtlMs),
      setInterval(() => void this.noteUse(), NOTE_USE_MS),
    ];
  }

  async onModuleDestroy(): Promise<void> {
    for (const timer of this.timers) clearInterval(timer);
    await this.unsubscribe?.();
    await this.looking;
    await this.noteUse();
  }

  find(text: string): ApiKey | 'public' | undefined {
    const token = readToken(text);
    if (!token) {
      return this.config.publicKeyHashes.includes(tokenHash(text)) ? 'public' : undefined;
    }
    const nowMs = this.clock.nowMs();
    if (nowMs - (this.knownAtMs ?? 0) > this.config.apiKeyMaxAgeMs) {
      throw new RefusalError('UNAVAILABLE', 'whether the key stands cannot be known now');
    }
    const entry = this.entries.get(token.id);
    if (!entry || entry.expiresAtMs <= nowMs || !isSecretOf(token.secret, entry.secretHash)) return undefined;
    this.used.set(token.id, nowMs);
    return entry.apiKey;
  }

  /** Has this replica and the others look at a key that has changed. */
  async tell(id: string): Promise<void> {
    await this.lookAt(id);
    try {
      await this.cache.publish(CHANNEL, Buffer.from(id));
    } catch (error) {
      this.log.warn({ error, apiKeyId: id }, 'replicas were not told of a key; they look by themselves');
    }
  }

  private lookAt(id: string): Promise<void> {
    return this.inTurn(async () => {
      // Told of a change that cannot be read, the key is nobody's until it can.
      const key = await this.store.find(id).catch((error: unknown) => {
        this.entries.delete(id);
        throw error;
      });
      if (key) this.take(key);
    });
  }

  private lookAgain(): Promise<void> {
    return this.inTurn(() => this.look());
  }

  private inTurn(look: () => Promise<void>): Promise<void> {
    this.looking = this.looking
      .then(look)
      .catch((error: unknown) => this.log.warn({ error }, 'keys are as they were last known'));
    return this.looking;
  }

  private async look(): Promise<void> {
    const startedAtMs = this.clock.nowMs();
    const since = this.knownAtMs === undefined ? undefined : new Date(this.knownAtMs - OVERLAP_MS);
    for (const key of await this.store.changedSince(since)) this.take(key);
    this.knownAtMs = startedAtMs;
  }

  private take(key: KeptKey): void {
    if (key.revokedAt !== null || isOver(key, this.clock.nowMs())) return void this.entries.delete(key.id);
    this.entries.set(key.id, {
      apiKey: {
        id: key.id,
        owner: key.owner,
        lineage: key.lineage,
        scopes: new Set(key.scopes),
        limits: this.quotas.limitsOf(key),
      },
      secretHash: key.secretHash,
      expiresAtMs: key.expiresAt?.getTime() ?? Infinity,
    });
  }

  private async noteUse(): Promise<void> {
    const { used } = this;
    if (used.size === 0) return;
    this.used = new Map();
    await this.store
      .noteUse(used)
      .catch((error: unknown) => this.log.warn({ error }, 'the last use of keys was not noted'));
  }
}

const isOver = ({ expiresAt }: KeptKey, nowMs: number): boolean =>
  expiresAt !== null && expiresAt.getTime() <= nowMs;
