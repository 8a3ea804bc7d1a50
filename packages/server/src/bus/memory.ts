import { parseChannel } from '@tickwire/protocol';
import { NEWEST_ALERTS } from '../domain/newest-alerts.ts';
import type { Bus } from '../ports/bus.ts';
import type { MemoryLog } from './memory-log.ts';
import { Readers } from './readers.ts';

export interface MemoryBusOptions {
  /** Numbers and keeps. */
  readonly log: MemoryLog;
  /** Called with what a reader threw. */
  readonly onError: (error: Error) => void;
}

/** The tape of one process. It is synchronous: what is published has been delivered. */
export function createMemoryBus({ log, onError }: MemoryBusOptions): Bus {
  const readers = new Readers(onError);
  return {
    start() {
      // What an earlier run of the program has left.
      for (const channel of log.channels.filter(isOfAlerts)) {
        for (const envelope of log.newest(channel, NEWEST_ALERTS)) {
          readers.tell((watcher) => watcher.onNewest?.(envelope));
        }
      }
      return Promise.resolve();
    },
    publish(event) {
      readers.bring(log.append(event));
    },
    begin(start) {
      readers.tell((watcher) => watcher.onStart?.(start));
    },
    forget(channel) {
      readers.tell((watcher) => watcher.onForgotten?.(channel));
    },
    breakAt(channel) {
      log.breakAt(channel);
    },
    subscribe: (subscriber) => readers.subscribe(subscriber),
    isOwn: () => true,
    watch: (watcher) => readers.watch(watcher),
    position: (channel) => log.position(channel),
    since: (channel, position) => log.since(channel, position),
    trouble: undefined,
    close() {
      readers.clear();
      return Promise.resolve();
    },
  };
}

function isOfAlerts(channel: string): boolean {
  return parseChannel(channel)?.kind === 'alerts';
}
