/** The types of kafkajs' private parts that are used, as they are in 2.2.4. */

declare module "kafkajs/src/network/requestQueue/index.js" {
  import type { Buffer } from "node:buffer";

  export default class RequestQueue {
    readonly pending: readonly unknown[];
    scheduleCheckPendingRequests(): void;
    maybeThrottle(ms: number): void;
    push(request: {
      readonly entry: {
        readonly apiKey: number;
        readonly apiName: string;
        readonly apiVersion: number;
        readonly correlationId: number;
        readonly resolve: (answer: { readonly payload: Buffer }) => void;
        readonly reject: (error: Error) => void;
      };
      readonly expectResponse: boolean;
      readonly requestTimeout: number;
      readonly sendRequest: () => void;
    }): void;
  }
}

declare module "kafkajs/src/network/connection.js" {
  import type { Socket } from "node:net";
  import type RequestQueue from "kafkajs/src/network/requestQueue/index.js";

  export default class Connection {
    constructor(options: object);
    readonly requestQueue: RequestQueue;
    readonly socket: Socket;
    connect(): Promise<true>;
    disconnect(): Promise<true>;
    isConnected(): boolean;
    isAuthenticated(): boolean;
    authenticate(): Promise<void>;
    setVersions(versions: object): void;
    setSupportAuthenticationProtocol(supported: boolean): void;
    failIfNotConnected(): void;
    nextCorrelationId(): number;
    rejectRequests(error: Error): void;
    send<T>(request: { readonly response: { parse(decoded: never): Promise<T> } }): Promise<T>;
  }
}

declare module "kafkajs/src/protocol/requests/index.js" {
  interface ApiVersionsResponse {
    readonly apiVersions: readonly {
      readonly apiKey: number;
      readonly minVersion: number;
      readonly maxVersion: number;
    }[];
  }
  export const requests: {
    readonly ApiVersions: {
      protocol(options: { version: number }): () => {
        readonly response: { parse(decoded: never): Promise<ApiVersionsResponse> };
      };
    };
  };
}
