import { Server, ServerCredentials } from "@grpc/grpc-js";

/** As the SDK's own limit: a serialized provider with what it captures can be megabytes. */
export const messageLimit = {
  "grpc.max_receive_message_length": 400 * 1024 * 1024,
  "grpc.max_send_message_length": 400 * 1024 * 1024,
};

export interface RpcServer {
  server: Server;
  /** `127.0.0.1:<port>`; nothing listens elsewhere. */
  address: string;
}

/** Starts a gRPC server on a free loopback port, after `register` has added its services. */
export async function startServer(register: (server: Server) => void): Promise<RpcServer> {
  const server = new Server({ ...messageLimit });
  register(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { server, address: `127.0.0.1:${port}` };
}
