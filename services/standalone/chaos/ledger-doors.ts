import { RefusalError } from '@allora/contracts/errors';
import { RewardsService } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import { openGrpcChannel } from '@allora/service-kit/grpc-client';
import type { ServiceSlot } from './cluster';
import { ATTEMPT_MS } from './doors';
import type { LedgerAnswer, LedgerParcel } from './ledger-parcel';

/** One way into one replica of rewards. It always answers: an answer that did not come is one of its answers. */
export interface LedgerDoor {
  readonly via: string;
  takes(parcel: LedgerParcel): boolean;
  submit(parcel: LedgerParcel): Promise<LedgerAnswer>;
  close(): void;
}

const lost = (error: unknown): LedgerAnswer => ({
  kind: 'lost',
  reason: error instanceof Error ? error.message || error.name : String(error),
});

interface Told {
  readonly movedUallo?: string;
  readonly dueHeight?: number | undefined;
  readonly height?: number;
  readonly stakeUallo?: string;
}

const accepted = ({ movedUallo, dueHeight, height, stakeUallo }: Told): LedgerAnswer => ({
  kind: 'accepted',
  ...(movedUallo === undefined ? {} : { movedUallo }),
  ...(dueHeight == null ? {} : { dueHeight }),
  ...(height === undefined ? {} : { height }),
  ...(stakeUallo === undefined ? {} : { stakeUallo }),
});

export const openLedgerRest = (slot: ServiceSlot): LedgerDoor => ({
  via: `rest ${slot.name}`,
  takes: () => true,
  submit: async ({ rest }) => {
    try {
      const response = await fetch(`${slot.httpUrl}${rest.path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rest.body),
        signal: AbortSignal.timeout(ATTEMPT_MS),
      });
      const json = JSON.parse(await response.text()) as Told & { code?: string; detail?: string };
      if (response.ok) return accepted(json);
      return { kind: 'refused', code: json.code ?? `HTTP_${response.status}`, detail: json.detail ?? '' };
    } catch (error) {
      return lost(error);
    }
  },
  close: () => undefined,
});

export function openLedgerGrpc(slot: ServiceSlot): LedgerDoor {
  const channel = openGrpcChannel(RewardsService, () => slot.grpcAddress);
  return {
    via: `grpc ${slot.name}`,
    takes: ({ signed }) => signed !== undefined,
    submit: async ({ signed }) => {
      const options = { deadlineMs: ATTEMPT_MS, retry: false };
      try {
        if (signed!.method === 'depositStake')
          return accepted(await channel.client.depositStake({ signed: signed!.message }, options));
        return accepted(await channel.client.executeCommand({ signed: signed!.message }, options));
      } catch (error) {
        // A status of the client's own making says that no answer came.
        if (!(error instanceof RefusalError) || 'grpcStatus' in error.facts) return lost(error);
        return { kind: 'refused', code: error.code, detail: error.message };
      }
    },
    close: () => channel.close(),
  };
}
