import { testChannels } from '../contracts/channels.contract.ts';
import { startServerForTest } from '../support/test-server.ts';

testChannels(() => startServerForTest({ FEEDS: 'none' }));
