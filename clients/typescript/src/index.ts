/** The Qwalo API, typed from its OpenAPI document. */

import createClient, { type Client, type Middleware } from "openapi-fetch";

import { IDEMPOTENCY_KEY, retrying, type Fetch } from "./retrying.js";
import type { components, paths } from "./schema.js";

export { all, nextCursor, pages, type PageCall } from "./pages.js";
export { answered, QwaloProblem, type Answer, type FieldError, type ProblemDetails } from "./problems.js";
export type { components, paths };

type Schemas = components["schemas"];

export type Workspace = Schemas["Workspace"];
export type Interview = Schemas["Interview"];
export type InterviewMode = Interview["mode"];
export type InterviewInvitee = Schemas["Invitee"];
export type InviteeStatus = InterviewInvitee["status"];

/** `GET`, `POST`, `PATCH` and `DELETE` take a path of the document and what it needs; see openapi-fetch. */
export type Qwalo = Client<paths>;

export interface QwaloOptions {
  /** Where Qwalo is, as in its `QWALO_PUBLIC_URL`. */
  baseUrl: string;
  /** A token, or what gives one for each request: Clerk's `getToken`. Without one, the API answers 401. */
  token: string | (() => Promise<string | null>);
  /**
   * "automatic" gives every POST an `Idempotency-Key`, unless it has one, so that it can be sent again and is done
   * once. "manual" leaves it to the caller. "automatic" unless given.
   */
  idempotency?: "automatic" | "manual";
  /** How often a request that can be sent again is sent again; 2 unless given. */
  retries?: number;
  /** In place of the global `fetch`. */
  fetch?: Fetch;
}

export function createQwalo(options: QwaloOptions): Qwalo {
  const { baseUrl, token, idempotency = "automatic", retries = 2, fetch = (request) => globalThis.fetch(request) } = options;
  const qwalo = createClient<paths>({ baseUrl, fetch: retrying(fetch, retries) });
  const headers: Middleware = {
    async onRequest({ request }) {
      const credential = typeof token === "string" ? token : await token();
      if (credential !== null) {
        request.headers.set("Authorization", `Bearer ${credential}`);
      }
      if (idempotency === "automatic" && request.method === "POST" && !request.headers.has(IDEMPOTENCY_KEY)) {
        request.headers.set(IDEMPOTENCY_KEY, crypto.randomUUID());
      }
      return request;
    },
  };
  qwalo.use(headers);
  return qwalo;
}
