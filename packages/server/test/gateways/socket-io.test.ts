import { testSocketIoProtocol } from '../contracts/socket-io.contract.ts';
import { startServer } from '../support/test-server.ts';

// A venue whose clock runs thirty times as fast sends thirty times as many prices.
testSocketIoProtocol(() => startServer({ SIMULATOR_START: '-2d', SIMULATOR_SPEED: '30' }));
