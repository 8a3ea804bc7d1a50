/**
 * Faults on command: what a client must survive, ordered by a test or by hand. Several may be on
 * at once, one of each name; `unknown-instrument` once per instrument, `refuse-topic` per topic.
 */
import {
  type FaultCommand,
  type FaultCommandOf,
  type FaultName,
  parseFaultCommand,
} from './fault-command.ts';

/** What a user of the simulator sees of its faults. */
export interface Faults {
  /**
   * Puts a fault on, in the place of an earlier one of its name. Throws an Error that says what
   * was expected if the command is not one.
   */
  set(command: FaultCommand): void;
  /** Takes a fault off, or all of them. */
  clear(fault?: FaultName): void;
  /** The faults that are on, with what is left of their `count` and `forMs`. */
  list(): readonly FaultCommand[];
}

/** What the servers see: whether a fault applies now, and when to act at once. */
export interface FaultState extends Faults {
  /** The fault if it is on, counted as applied once; undefined if it is not. */
  take<Name extends FaultName>(fault: Name): FaultCommandOf<Name> | undefined;
  /** The fault if it is on, without counting. */
  peek<Name extends FaultName>(fault: Name): FaultCommandOf<Name> | undefined;
  /** Whether an instrument is made unknown; counts as applied once if so. */
  takeUnknown(instruments: readonly string[]): boolean;
  /** Whether an instrument is made unknown, without counting. */
  isUnknown(instrument: string): boolean;
  /** Whether a topic is refused; counts as applied once if so. */
  takeRefused(topic: string): boolean;
  /** Calls back whenever a fault is put on. */
  onSet(listener: (command: FaultCommand) => void): void;
}

interface ActiveFault {
  readonly command: FaultCommand;
  readonly endsAtMs: number;
  left: number;
}

/** `now` is the real time, by which `forMs` is measured. */
export function createFaults(now: () => number): FaultState {
  const active = new Map<string, ActiveFault>();
  const listeners: ((command: FaultCommand) => void)[] = [];

  function find(key: string): ActiveFault | undefined {
    const fault = active.get(key);
    if (fault !== undefined && (fault.left <= 0 || now() >= fault.endsAtMs)) {
      active.delete(key);
      return undefined;
    }
    return fault;
  }

  function use(key: string): FaultCommand | undefined {
    const fault = find(key);
    if (fault !== undefined) {
      fault.left -= 1;
    }
    return fault?.command;
  }

  function isUnknown(instrument: string): boolean {
    return find(`unknown-instrument ${instrument}`) !== undefined;
  }

  return {
    set(input) {
      const command = parseFaultCommand(input);
      const { count = Infinity, forMs = Infinity } = command;
      active.set(keyOf(command), { command, left: count, endsAtMs: now() + forMs });
      for (const listener of listeners) {
        listener(command);
      }
    },
    clear(fault) {
      for (const [key, { command }] of active) {
        if (fault === undefined || command.fault === fault) {
          active.delete(key);
        }
      }
    },
    list() {
      return [...active.keys()].flatMap((key) => {
        const fault = find(key);
        return fault === undefined ? [] : [remaining(fault, now())];
      });
    },
    take(name) {
      const command = use(name);
      return command !== undefined && isNamed(command, name) ? command : undefined;
    },
    peek(name) {
      const command = find(name)?.command;
      return command !== undefined && isNamed(command, name) ? command : undefined;
    },
    takeUnknown(instruments) {
      const unknown = instruments.find(isUnknown);
      return unknown !== undefined && use(`unknown-instrument ${unknown}`) !== undefined;
    },
    isUnknown,
    takeRefused: (topic) => use(`refuse-topic ${topic}`) !== undefined,
    onSet(listener) {
      listeners.push(listener);
    },
  };
}

function keyOf(command: FaultCommand): string {
  if (command.fault === 'unknown-instrument') {
    return `${command.fault} ${command.instrument}`;
  }
  return command.fault === 'refuse-topic' ? `${command.fault} ${command.topic}` : command.fault;
}

function isNamed<Name extends FaultName>(
  command: FaultCommand,
  name: Name,
): command is FaultCommandOf<Name> {
  return command.fault === name;
}

function remaining({ command, left, endsAtMs }: ActiveFault, nowMs: number): FaultCommand {
  return {
    ...command,
    ...(command.count === undefined ? {} : { count: left }),
    ...(command.forMs === undefined ? {} : { forMs: Math.max(1, Math.round(endsAtMs - nowMs)) }),
  };
}
