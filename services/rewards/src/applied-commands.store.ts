import { ExecuteCommandResponse } from '@allora/contracts/gen/allora/rewards/v1/rewards';
import type { Tx } from '@allora/store/database';
import { hexOf } from '@allora/identity/hex';
import { hexArray, textArray } from '@allora/store/pg-array';
import { Injectable } from '@nestjs/common';

interface RequestKey {
  readonly author: string;
  readonly requestId: string;
}

export interface AppliedCommand extends RequestKey {
  readonly hash: Uint8Array;
  readonly answer: ExecuteCommandResponse;
}

export interface StandingCommands {
  /** By `requestName`: hash in hex and answer of the commands that took effect. */
  readonly applied: Map<string, { readonly hash: string; readonly answer: ExecuteCommandResponse }>;
  /** By ledger key: the largest posting of a transfer that stands under it. */
  readonly transferred: ReadonlyMap<string, bigint>;
}

/** A request id has no space in it. */
export const requestName = ({ author, requestId }: RequestKey): string => `${author} ${requestId}`;

interface Found {
  readonly applied: readonly { author: string; request_id: string; hash: string; answer: string }[] | null;
  readonly transferred: readonly { key: string; amount: string }[] | null;
}

/** Which commands took effect, and what they were answered: whoever sends one again is answered the same. */
@Injectable()
export class AppliedCommandsStore {
  async standing(
    tx: Tx,
    commands: readonly (RequestKey & { readonly key: string })[],
  ): Promise<StandingCommands> {
    const [row] = await tx.$queryRaw<{ found: Found }[]>`
      SELECT json_build_object(
        'applied', (SELECT json_agg(json_build_object('author', author, 'request_id', request_id,
            'hash', encode(hash, 'hex'), 'answer', encode(answer, 'hex')))
          FROM rewards.applied_commands
          JOIN unnest(${textArray(commands.map(({ author }) => author))}::text[],
                      ${textArray(commands.map(({ requestId }) => requestId))}::text[])
               AS c (author, request_id) USING (author, request_id)),
        'transferred', (SELECT json_agg(json_build_object('key', key, 'amount', (
            SELECT max(amount_uallo)::text FROM rewards.postings p WHERE p.transfer_id = t.id)))
          FROM rewards.transfers t WHERE key = ANY (${textArray(commands.map(({ key }) => key))}::text[]))
      ) AS found`;
    const { applied, transferred } = row!.found;
    return {
      applied: new Map(
        (applied ?? []).map(({ author, request_id, hash, answer }) => [
          requestName({ author, requestId: request_id }),
          { hash, answer: ExecuteCommandResponse.decode(Buffer.from(answer, 'hex')) },
        ]),
      ),
      transferred: new Map((transferred ?? []).map(({ key, amount }) => [key, BigInt(amount)])),
    };
  }

  async save(tx: Tx, commands: readonly AppliedCommand[]): Promise<void> {
    if (commands.length === 0) return;
    await tx.$executeRaw`
      INSERT INTO rewards.applied_commands (author, request_id, hash, answer)
      SELECT author, request_id, decode(hash, 'hex'), decode(answer, 'hex')
        FROM unnest(${textArray(commands.map(({ author }) => author))}::text[],
                    ${textArray(commands.map(({ requestId }) => requestId))}::text[],
                    ${textArray(commands.map(({ hash }) => hexOf(hash)))}::text[],
                    ${hexArray(commands.map(({ answer }) => ExecuteCommandResponse.encode(answer).finish()))}::text[])
             AS c (author, request_id, hash, answer)`;
  }
}
