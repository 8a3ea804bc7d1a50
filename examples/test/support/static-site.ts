import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A web server that knows nothing but one page, as any program could serve it. */
export async function startStaticSite(page: URL) {
  const asked: string[] = [];
  const content = await readFile(page);
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const isPage = request.url === '/' || request.url?.startsWith('/?') === true;
    response.writeHead(isPage ? 200 : 404, { 'content-type': 'text/html; charset=utf-8' });
    response.end(isPage ? content : '');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    /** The paths that were asked for. */
    asked,
    async close(): Promise<void> {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
