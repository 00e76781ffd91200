import { AlloraError } from '@allora/sdk/errors';
import type { Receipt } from '@allora/sdk/types';
import type { EntryKind, EntryState, JournalEntry } from '../journal/journal';
import { wordsOf } from '../log';
import type { PartState } from '../status/status-book';
import { type Desk, labelsOf } from './participant';

const shownStates: Readonly<Record<EntryState, PartState>> = {
  sending: 'sending',
  committed: 'committed',
  accepted: 'accepted',
  refused: 'refused',
  missed: 'missed',
};

/** In short, for people. */
export function valueText({ request }: Pick<JournalEntry, 'request'>): string {
  if ('value' in request) return request.value;
  return 'elements' in request ? `${request.elements.length} forecasts` : `combined ${request.combined}`;
}

export function showEntry({ book }: Pick<Desk, 'book'>, entry: JournalEntry): void {
  const { nonce, kind, state, hash, error } = entry;
  book.part(nonce, kind, { state: shownStates[state], value: valueText(entry), hash, error });
}

/** To the journal first, and then to be seen. */
export async function keep(desk: Desk, entry: JournalEntry): Promise<JournalEntry> {
  await desk.journal.put(entry);
  showEntry(desk, entry);
  return entry;
}

const isWorkers = (kind: EntryKind): boolean => kind !== 'losses';

/**
 * Sends what stands in the journal, and writes down what became of it. An end without a last word leaves it standing: it is sent
 * again while the window is open, and never in another version.
 */
export async function sendEntry(
  desk: Desk,
  entry: JournalEntry,
  send: () => Promise<Receipt>,
): Promise<void> {
  const { nonce, kind, topicId } = entry;
  const message = isWorkers(kind) ? 'Send Worker Data to chain' : 'Send Reputer Data to chain';
  try {
    const { hash } = await send();
    await keep(desk, { ...entry, state: 'accepted', hash, error: undefined });
    const { metrics } = desk;
    (isWorkers(kind) ? metrics.workerSubmissions : metrics.reputerSubmissions).inc(labelsOf(desk));
    metrics.lastAcceptedNonce.set({ ...labelsOf(desk), role: isWorkers(kind) ? 'worker' : 'reputer' }, nonce);
    desk.log.info(
      { topicId, nonce, kind, value: valueText(entry), txHash: hash, message: 'Success' },
      message,
    );
  } catch (error) {
    if (!(error instanceof AlloraError)) throw error;
    const final = error.status >= 400 && error.status < 500;
    desk.metrics.refusals.inc({ ...labelsOf(desk), code: error.code });
    desk.log.warn({ topicId, nonce, kind, code: error.code, message: wordsOf(error) }, message);
    const kept: JournalEntry = { ...entry, error: wordsOf(error) };
    await keep(desk, final ? { ...kept, state: 'refused' } : kept);
  }
}

/**
 * A window is over. What is without a last word is sent once more: what was accepted is answered with its receipt, and all else is
 * refused as too late.
 */
export async function closeEntry(
  desk: Desk,
  entry: JournalEntry | undefined,
  send: (entry: JournalEntry, until: AbortSignal) => Promise<Receipt>,
): Promise<void> {
  const open = (one: JournalEntry | undefined) => one?.state === 'sending' || one?.state === 'committed';
  if (!entry || !open(entry)) return;
  await sendEntry(desk, entry, () => send(entry, AbortSignal.timeout(desk.limits.requestTimeoutMs)));
  if (!open(desk.journal.get(entry.kind, entry.topicId, entry.nonce))) return;
  await keep(desk, {
    ...entry,
    state: 'missed',
    error: entry.error ?? 'the window closed before there was an answer',
  });
}
