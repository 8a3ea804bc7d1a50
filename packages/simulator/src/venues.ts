import { type BybitSimulator, createBybitSimulator } from './bybit/bybit-server.ts';
import { createOandaSimulator, type OandaSimulator } from './oanda/oanda-server.ts';
import type { BybitSimulatorOptions, OandaSimulatorOptions, SimulatorSettings } from './options.ts';
import { NoRecordedDataError } from './recorded/recorded-files.ts';

export interface VenueSimulatorsOptions {
  readonly settings: SimulatorSettings;
  /** Undefined for a venue that is not wanted. */
  readonly oanda?: OandaSimulatorOptions | undefined;
  readonly bybit?: BybitSimulatorOptions | undefined;
}

/** Simulators of several venues that share their settings. */
export interface VenueSimulators {
  /**
   * Starts those that are wanted. Recorded data may be one venue's alone: then the market of the
   * other is generated. Rejects if it is nobody's, and with what keeps one of them from starting.
   */
  start(): Promise<void>;
  /** Undefined before it has started, or where it is not wanted. */
  readonly oanda: OandaSimulator | undefined;
  readonly bybit: BybitSimulator | undefined;
  close(): Promise<void>;
}

interface Startable {
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Builds simulators; nothing runs before `start`. */
export function createVenueSimulators(options: VenueSimulatorsOptions): VenueSimulators {
  const { settings, oanda: oandaOptions, bybit: bybitOptions } = options;
  let oanda: OandaSimulator | undefined;
  let bybit: BybitSimulator | undefined;

  async function start(): Promise<void> {
    const createOanda = (data: readonly string[]): OandaSimulator =>
      createOandaSimulator({ ...settings, ...oandaOptions, data });
    const createBybit = (data: readonly string[]): BybitSimulator =>
      createBybitSimulator({ ...settings, ...bybitOptions, data });
    try {
      oanda = oandaOptions && (await started(createOanda(settings.data)));
      bybit = bybitOptions && (await started(createBybit(settings.data)));
      if (oanda === undefined && bybit === undefined) {
        throw new NoRecordedDataError(settings.data);
      }
      oanda ??= oandaOptions && (await started(createOanda([])));
      bybit ??= bybitOptions && (await started(createBybit([])));
    } catch (error) {
      await close();
      throw error;
    }
  }

  async function close(): Promise<void> {
    await Promise.all([oanda?.close(), bybit?.close()]);
  }

  return {
    start,
    close,
    get oanda() {
      return oanda;
    },
    get bybit() {
      return bybit;
    },
  };
}

/** Undefined if there is recorded data, but none of this venue. */
async function started<Simulator extends Startable>(
  simulator: Simulator,
): Promise<Simulator | undefined> {
  try {
    await simulator.start();
    return simulator;
  } catch (error) {
    await simulator.close();
    if (error instanceof NoRecordedDataError) {
      return undefined;
    }
    throw error;
  }
}
