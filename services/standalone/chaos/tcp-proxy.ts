import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a proxy does to what passes through it. */
export type Weather =
  | { readonly kind: 'clear' }
  /** Every chunk comes this much later, in both directions. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** Nothing passes until the weather changes; nothing is lost. */
  | { readonly kind: 'stall' }
  /** Requests arrive, their answers never do. */
  | { readonly kind: 'lose_answers' };

export interface TcpProxy {
  readonly port: number;
  setWeather(weather: Weather): void;
  /** Breaks every connection; new ones are taken at once. Returns how many there were. */
  cut(): number;
  close(): Promise<void>;
}

const CLEAR: Weather = { kind: 'clear' };

/** A door on loopback before another one: what goes through can be held up, lost or cut. */
export async function openTcpProxy(target: { readonly port: number }, port = 0): Promise<TcpProxy> {
  const links = new Set<Link>();
  let weather = CLEAR;
  const server = createServer((client) => {
    const link = new Link(client, connect({ host: '127.0.0.1', port: target.port }), () => weather);
    links.add(link);
    link.whenClosed(() => links.delete(link));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve());
  });
  const cut = (): number => {
    const count = links.size;
    for (const link of links) link.destroy();
    return count;
  };
  return {
    port: (server.address() as { port: number }).port,
    setWeather: (next) => {
      // After lost answers a connection is out of step with its requests: nobody could use it.
      const before = weather;
      weather = next;
      for (const link of links) {
        if (before.kind === 'lose_answers' && link.lost) link.destroy();
        else link.awake();
      }
    },
    cut,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

class Link {
  lost = false;
  private wake: () => void = () => undefined;
  private readonly ends: readonly [Socket, Socket];

  constructor(
    client: Socket,
    server: Socket,
    private readonly weather: () => Weather,
  ) {
    this.ends = [client, server];
    for (const socket of this.ends) {
      socket.setNoDelay(true);
      socket.on('error', () => this.destroy());
    }
    void this.carry(client, server, false);
    void this.carry(server, client, true);
  }

  whenClosed(told: () => void): void {
    this.ends[0].once('close', told);
  }

  destroy(): void {
    for (const socket of this.ends) socket.destroy();
    this.awake();
  }

  /** The weather has changed. */
  awake(): void {
    this.wake();
  }

  private async carry(from: Socket, to: Socket, isAnswer: boolean): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        if (!(await this.admits(isAnswer))) continue;
        if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
        if (to.destroyed) break;
      }
      to.end();
    } catch {
      this.destroy();
    }
  }

  private async admits(isAnswer: boolean): Promise<boolean> {
    while (this.weather().kind === 'stall' && !this.ends[0].destroyed)
      await new Promise<void>((resolve) => {
        const others = this.wake;
        this.wake = () => {
          this.wake = () => undefined;
          others();
          resolve();
        };
      });
    const weather = this.weather();
    if (weather.kind === 'delay') await sleep(weather.delayMs);
    if (weather.kind !== 'lose_answers' || !isAnswer) return true;
    this.lost = true;
    return false;
  }
}

const once = (socket: Socket, event: 'drain' | 'close') =>
  new Promise<void>((resolve) => socket.once(event, () => resolve()));
