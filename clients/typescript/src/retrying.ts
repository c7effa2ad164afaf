export const IDEMPOTENCY_KEY = "Idempotency-Key";

export type Fetch = (request: Request) => Promise<Response>;

const LONGEST_WAIT_SECONDS = 10;

/**
 * Sends a request again whose answer got lost, or whose answer says that trying again helps.
 *
 * Only what is done once however often it is sent: reads, and POSTs with an `Idempotency-Key`.
 */
export function retrying(fetch: Fetch, retries: number): Fetch {
  return async (request) => {
    const chances = isRepeatable(request) ? retries : 0;
    for (let attempt = 0; ; attempt += 1) {
      const last = attempt === chances;
      let wait: number | undefined;
      try {
        // A body can be read once: each attempt sends a copy.
        const response = await fetch(last ? request : request.clone());
        wait = waitSeconds(response, attempt);
        if (last || wait === undefined) {
          return response;
        }
        await response.body?.cancel();
      } catch (error) {
        if (last || request.signal.aborted) {
          throw error;
        }
      }
      await pause(wait ?? backOff(attempt));
    }
  };
}

function isRepeatable(request: Request): boolean {
  return request.method === "GET" || (request.method === "POST" && request.headers.has(IDEMPOTENCY_KEY));
}

/** How long to wait before the request is sent again; undefined where the answer is final. */
function waitSeconds(response: Response, attempt: number): number | undefined {
  if (response.status === 502 || response.status === 504) {
    return backOff(attempt);
  }
  const asked = response.headers.get("Retry-After");
  if (response.ok || asked === null) {
    return undefined;
  }
  const seconds = Number(asked);
  return seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined;
}

// With chance in it, so that clients that failed together do not come back together.
function backOff(attempt: number): number {
  return 0.2 * 2 ** attempt * (1 + Math.random());
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
