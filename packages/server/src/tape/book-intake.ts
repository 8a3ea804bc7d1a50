import { type OrderBookChange, channelOf } from '@tickwire/protocol';
import { OrderBook } from '../domain/order-book.ts';
import type { Bus } from '../ports/bus.ts';

/** A book as it was published: readers may not have had the newest of it yet. */
interface PublishedBook {
  readonly instrument: string;
  readonly book: OrderBook;
}

/** The way of order books onto the tape: it knows each of them whole, for those who missed some. */
export class BookIntake {
  readonly #bus: Pick<Bus, 'publish' | 'begin'>;
  /** By channel. */
  readonly #books = new Map<string, PublishedBook>();

  constructor(bus: Pick<Bus, 'publish' | 'begin'>) {
    this.#bus = bus;
  }

  /** Publishes a book, or a change of one. */
  accept(change: OrderBookChange): void {
    const { instrument, isSnapshot } = change;
    const channel = channelOf(change);
    const known = this.#books.get(channel);
    if (known === undefined && isSnapshot) {
      const book = new OrderBook();
      book.apply(change);
      this.#books.set(channel, { instrument, book });
    } else {
      known?.book.apply(change);
    }
    this.#bus.publish(change);
  }

  /** Tells all what a book is, if it is known. */
  tellStart(channel: string): void {
    const known = this.#books.get(channel);
    if (known !== undefined) {
      const { bids, asks, updateId } = known.book;
      const { instrument } = known;
      this.#bus.begin({
        channel,
        book: {
          type: 'orderBook',
          instrument,
          isSnapshot: true,
          bids: [...bids],
          asks: [...asks],
          updateId,
        },
      });
    }
  }

  /** Forgets a book that is not followed any more, or not known any more. */
  forget(channel: string): void {
    this.#books.delete(channel);
  }
}
