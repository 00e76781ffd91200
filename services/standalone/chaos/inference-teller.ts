import { setTimeout as sleep } from 'node:timers/promises';
import { seal } from '@allora/bus/envelope';
import { busTopics } from '@allora/contracts/catalog';
import { InferenceMode, NetworkInference } from '@allora/contracts/gen/allora/synthesis/v1/synthesis';
import type { BlockDriver } from './blocks';
import { openTransport } from './log-reader';

const TOLD_EVERY_BLOCKS = 2;
/** Of so many blocks the last ones are silent: who waits for less than that gets its fee back. */
const ROUND_BLOCKS = 40;
const TOLD_BLOCKS = 28;
const LOOK_MS = 100;
const AGAIN_MS = 500;

/** Tells network inferences of a topic as synthesis does, at the height that the clock has reached. */
export class InferenceTeller {
  told = 0;
  private lastNonce = 0;

  constructor(
    private readonly broker: () => string,
    private readonly topicId: number,
    private readonly blocks: BlockDriver,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    for (; !signal.aborted; await sleep(LOOK_MS)) {
      const { height } = this.blocks;
      const isDue = height >= this.lastNonce + TOLD_EVERY_BLOCKS && height % ROUND_BLOCKS < TOLD_BLOCKS;
      if (isDue) await this.tell(height, signal);
    }
  }

  /** Until the broker has it. */
  async tell(nonce: number, signal: AbortSignal): Promise<void> {
    const inference = NetworkInference.fromPartial({
      ...{ topicId: this.topicId, nonce, mode: InferenceMode.WEIGHTED, combined: 100 + nonce / 8 },
      inferers: [{ inferer: 'told', value: String(100 + nonce / 8), weight: 1 }],
      confidenceValues: [1, 2, 3, 4, 5].map((value) => value + nonce),
    });
    this.lastNonce = nonce;
    const record = seal(busTopics.networkInferences, inference, { nowMs: Date.now(), traceParent: '' });
    while (!signal.aborted) {
      const transport = openTransport(this.broker());
      try {
        await transport.append(busTopics.networkInferences.name, [record]);
        this.told += 1;
        return;
      } catch {
        await sleep(AGAIN_MS);
      } finally {
        await transport.close().catch(() => undefined);
      }
    }
  }
}
