import { SignedInference } from '@allora/contracts/gen/allora/gateway/v1/purchases';
import { SignedMessage } from '@allora/contracts/gen/allora/signing/v1/signing';
import { isEnded } from '@allora/protocol/purchase/purchase';
import { Database } from '@allora/store/database';
import { Prisma } from '@allora/store/gen/prisma/client';
import { Injectable } from '@nestjs/common';
import { type Delivery, type PurchaseRecord, recordOf, ualloOf } from './purchase-record';

export interface PurchaseChange {
  readonly record: PurchaseRecord;
  /** When it is due again, unless it has ended. */
  readonly dueAtMs: number;
  readonly nowMs: number;
  readonly added?: Delivery;
  readonly charged?: { readonly part: number; readonly chargedUallo: bigint; readonly ledgerKey: string };
}

/** Expired rows that go at once. */
const PURGED_AT_ONCE = 500;

/** All SQL on purchases. */
@Injectable()
export class PurchasesStore {
  constructor(private readonly database: Database) {}

  /** False when there is one of this request already, or the account has too many open ones. */
  async add(record: PurchaseRecord, limits: { readonly dueAtMs: number; readonly maxOpen: number }) {
    const { id, request, signed, purchase, receivedAtMs } = record;
    const bytes = Buffer.from(SignedMessage.encode(signed).finish());
    const inserted = await this.database.prisma.$executeRaw`
      INSERT INTO gateway.inference_purchases (id, account, request_id, topic_id, signed, parts, fee_uallo, state,
             after_nonce, max_wait_blocks, deadline_at_ms, due_at_ms, received_at_ms)
      SELECT ${id}, ${request.account}, ${request.requestId}, ${BigInt(request.topicId)}::bigint, ${bytes}::bytea,
             ${purchase.parts}::int, ${request.feeUallo}::numeric, ${purchase.state}, ${BigInt(purchase.afterNonce)}::bigint,
             ${BigInt(purchase.maxWaitBlocks)}::bigint, ${BigInt(purchase.deadlineAtMs)}::bigint,
             ${BigInt(limits.dueAtMs)}::bigint, ${BigInt(receivedAtMs)}::bigint
       WHERE (SELECT count(*) FROM (
               SELECT 1 FROM gateway.inference_purchases
                WHERE account = ${request.account} AND due_at_ms IS NOT NULL LIMIT ${limits.maxOpen}::int) AS open)
             < ${limits.maxOpen}::int
      ON CONFLICT DO NOTHING`;
    return inserted === 1;
  }

  async find(id: string): Promise<PurchaseRecord | undefined> {
    const row = await this.database.prisma.inferencePurchase.findUnique({ where: { id } });
    return row ? recordOf(row) : undefined;
  }

  async ofRequest(account: string, requestId: string): Promise<PurchaseRecord | undefined> {
    const where = { account_requestId: { account, requestId } };
    const row = await this.database.prisma.inferencePurchase.findUnique({ where });
    return row ? recordOf(row) : undefined;
  }

  /** Newest first. */
  async ofAccount(
    account: string,
    page: { readonly limit: number; readonly before?: { readonly atMs: number; readonly id: string } },
  ): Promise<PurchaseRecord[]> {
    const { limit, before } = page;
    const older = before && [
      { receivedAtMs: { lt: BigInt(before.atMs) } },
      { receivedAtMs: BigInt(before.atMs), id: { lt: before.id } },
    ];
    const rows = await this.database.prisma.inferencePurchase.findMany({
      where: { account, ...(older ? { OR: older } : {}) },
      orderBy: [{ receivedAtMs: 'desc' }, { id: 'desc' }],
      take: limit,
    });
    return rows.map(recordOf);
  }

  /** Takes some that are due for one replica: the others pass over them until the lease is over. */
  async take(limits: { nowMs: number; leaseMs: number; count: number }): Promise<PurchaseRecord[]> {
    const { nowMs, leaseMs, count } = limits;
    const taken = await this.database.prisma.$queryRaw<{ id: string }[]>`
      WITH due AS (
        SELECT id FROM gateway.inference_purchases WHERE due_at_ms <= ${BigInt(nowMs)}::bigint
         ORDER BY due_at_ms LIMIT ${count}::int FOR UPDATE SKIP LOCKED
      )
      UPDATE gateway.inference_purchases p SET due_at_ms = ${BigInt(nowMs + leaseMs)}::bigint
        FROM due WHERE p.id = due.id RETURNING p.id`;
    if (taken.length === 0) return [];
    const rows = await this.database.prisma.inferencePurchase.findMany({
      where: { id: { in: taken.map(({ id }) => id) } },
    });
    return rows.map(recordOf);
  }

  /** Undefined when somebody else has changed it since it was read: then nothing is written. All in one statement. */
  async change({
    record,
    dueAtMs,
    nowMs,
    added,
    charged,
  }: PurchaseChange): Promise<PurchaseRecord | undefined> {
    const { id, version, purchase } = record;
    const ended = isEnded(purchase);
    const message = added ? Buffer.from(SignedInference.encode(added.inference).finish()) : null;
    const [row] = await this.database.prisma.$queryRaw<{ written: bigint }[]>`
      WITH written AS (
        UPDATE gateway.inference_purchases
           SET version = version + 1, state = ${purchase.state}, hold_key = ${record.holdKey},
               refund_key = ${record.refundKey}, after_nonce = ${BigInt(purchase.afterNonce)}::bigint,
               delivered_parts = ${purchase.deliveredParts}::int,
               charged_uallo = ${purchase.chargedUallo.toString()}::numeric,
               refunded_uallo = ${purchase.refundedUallo.toString()}::numeric,
               deadline_height = ${BigInt(purchase.deadlineHeight)}::bigint,
               reason_code = ${purchase.reason?.code ?? null}, reason_detail = ${purchase.reason?.detail ?? null},
               due_at_ms = ${ended ? null : BigInt(dueAtMs)}::bigint,
               ended_at_ms = ${ended ? BigInt(nowMs) : null}::bigint
         WHERE id = ${id} AND version = ${version}::int
        RETURNING id
      ), added AS (
        INSERT INTO gateway.purchase_deliveries (purchase_id, part, nonce, message)
        SELECT id, ${added?.part ?? null}::int, ${added ? BigInt(added.nonce) : null}::bigint, ${message}::bytea
          FROM written WHERE ${added !== undefined}
      ), charged AS (
        UPDATE gateway.purchase_deliveries d
           SET charged_uallo = ${charged?.chargedUallo.toString() ?? null}::numeric,
               ledger_key = ${charged?.ledgerKey ?? ''}
          FROM written WHERE d.purchase_id = written.id AND d.part = ${charged?.part ?? null}::int
      )
      SELECT count(*) AS written FROM written`;
    return row?.written === 1n ? { ...record, version: version + 1 } : undefined;
  }

  /** Unless somebody else has changed it: then it is due when that one says. */
  async postpone({ id, version, purchase }: PurchaseRecord, dueAtMs: number): Promise<void> {
    if (isEnded(purchase)) return;
    await this.database.prisma.$executeRaw`
      UPDATE gateway.inference_purchases SET due_at_ms = ${BigInt(dueAtMs)}::bigint
       WHERE id = ${id} AND version = ${version}::int`;
  }

  /** With the inference in `kept`: whoever waits for one of its topic is due, and no older look stands. */
  wakeUp(nowMs: number): Prisma.Sql {
    return Prisma.sql`
      UPDATE gateway.inference_purchases AS p SET due_at_ms = ${BigInt(nowMs)}::bigint, version = version + 1
        FROM kept WHERE p.topic_id = kept.topic_id AND p.state = 'held'`;
  }

  async delivery(id: string, part: number): Promise<Delivery | undefined> {
    const row = await this.database.prisma.purchaseDelivery.findUnique({
      where: { purchaseId_part: { purchaseId: id, part } },
    });
    return row ? deliveryOf(row) : undefined;
  }

  /** Charged ones, in order. */
  async deliveries(
    id: string,
    page: { readonly afterPart: number; readonly limit: number },
  ): Promise<Delivery[]> {
    const rows = await this.database.prisma.purchaseDelivery.findMany({
      where: { purchaseId: id, part: { gt: page.afterPart }, chargedUallo: { not: null } },
      orderBy: { part: 'asc' },
      take: page.limit,
    });
    return rows.map(deliveryOf);
  }

  /** Purchases that ended before; returns how many went. */
  purge(beforeMs: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM gateway.inference_purchases WHERE id IN (
        SELECT id FROM gateway.inference_purchases WHERE ended_at_ms < ${BigInt(beforeMs)}::bigint
         LIMIT ${PURGED_AT_ONCE}::int FOR UPDATE SKIP LOCKED)`;
  }
}

interface DeliveryRow {
  readonly part: number;
  readonly nonce: bigint;
  readonly message: Uint8Array;
  readonly chargedUallo: Parameters<typeof ualloOf>[0] | null;
  readonly ledgerKey: string;
}

const deliveryOf = ({ part, nonce, message, chargedUallo, ledgerKey }: DeliveryRow): Delivery => ({
  part,
  nonce: Number(nonce),
  inference: {
    ...SignedInference.decode(message),
    chargedUallo: chargedUallo === null ? '' : ualloOf(chargedUallo).toString(),
    ledgerKey,
  },
});
