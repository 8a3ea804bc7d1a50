import { Socket } from 'node:net';

/** The sockets of a pool's connections: `pg` itself never gives up one that does not answer. */
export class PostgresSockets {
  readonly #open = new Set<Socket>();
  #isEnded = false;

  /** Another one, for `pg` to connect. */
  readonly create = (): Socket => {
    const socket = new Socket();
    this.#open.add(socket);
    socket.once('close', () => {
      this.#open.delete(socket);
    });
    if (this.#isEnded) {
      // Whoever asked for it is about to connect it, and hears of its end.
      setImmediate(() => socket.destroy());
    }
    return socket;
  };

  /** Breaks them all, and those to come. */
  end(): void {
    this.#isEnded = true;
    for (const socket of this.#open) {
      socket.destroy();
    }
  }

  /** Resolves when all are closed. */
  async closed(): Promise<void> {
    const closing = [...this.#open].map(
      (socket) => new Promise((resolve) => socket.once('close', resolve)),
    );
    await Promise.all(closing);
  }
}
