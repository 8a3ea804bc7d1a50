import { type Listening, type ListenAddress, Listeners } from '../api/listeners.ts';
import type { ApiServer } from '../api/server.ts';
import type { Part } from './lifecycle.ts';

/** An HTTP application and where it listens. */
export interface ComposedListening {
  /** Answers requests; closed, it ends the connections that there are. */
  readonly apiPart: Part;
  /** Lets clients in, once all that answers them is ready. */
  readonly listenersPart: Part;
  /** Where it listens, once it does. */
  readonly listening: readonly Listening[];
}

/** Wires the addresses that an application listens on. */
export function composeListening(
  api: ApiServer,
  addresses: readonly ListenAddress[],
): ComposedListening {
  const listeners = new Listeners(api.httpServer, addresses);
  let listening: readonly Listening[] = [];
  return {
    apiPart: {
      name: 'api',
      start: () => api.start(),
      close: async () => {
        listeners.endConnections();
        await api.close();
      },
    },
    listenersPart: {
      name: 'listeners',
      start: async () => {
        listening = await listeners.start();
      },
      close: () => {
        listeners.stopAccepting();
        return Promise.resolve();
      },
    },
    get listening() {
      return listening;
    },
  };
}
