export { type BybitSimulator, createBybitSimulator } from './bybit/bybit-server.ts';
export { type FaultCommand, type FaultName } from './faults/fault-command.ts';
export { type Faults } from './faults/faults.ts';
export { createOandaSimulator, type OandaSimulator } from './oanda/oanda-server.ts';
export {
  type BybitSimulatorOptions,
  type OandaSimulatorOptions,
  parseSimulatorSettings,
  type SimulatorSettings,
} from './options.ts';
export {
  createVenueSimulators,
  type VenueSimulators,
  type VenueSimulatorsOptions,
} from './venues.ts';
