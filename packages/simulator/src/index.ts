export { type BybitSimulator, createBybitSimulator } from './bybit-server.ts';
export { type FaultCommand, type FaultName } from './fault-command.ts';
export { type Faults } from './faults.ts';
export { createOandaSimulator, type OandaSimulator } from './oanda-server.ts';
export {
  type BybitSimulatorOptions,
  type OandaSimulatorOptions,
  parseSimulatorSettings,
  type SimulatorSettings,
} from './options.ts';
