import { answered, type Answer } from "./problems.js";

/** Asks for one page of a list: from `cursor` on, or the first one. */
export type PageCall<Row> = (cursor: string | undefined) => Promise<Answer<Row[]>>;

/** The cursor of the next page, or undefined on the last one. It is in the `Link` header (RFC 8288). */
export function nextCursor(response: Response): string | undefined {
  const link = /<([^>]*)>\s*;[^,]*\brel="?next\b/.exec(response.headers.get("Link") ?? "");
  if (link === null) {
    return undefined;
  }
  return new URL(link[1] ?? "", "http://relative.invalid").searchParams.get("cursor") ?? undefined;
}

/**
 * All pages of a list, one after the other.
 *
 *     for await (const page of pages((cursor) => qwalo.GET("/workspaces", { params: { query: { cursor } } }))) …
 *
 * @throws QwaloProblem when a page cannot be had
 */
export async function* pages<Row>(call: PageCall<Row>): AsyncGenerator<Row[], void, undefined> {
  let cursor: string | undefined;
  do {
    const answer = call(cursor);
    yield await answered(answer);
    cursor = nextCursor((await answer).response);
  } while (cursor !== undefined);
}

/**
 * All rows of a list, from all of its pages.
 *
 * @throws QwaloProblem when a page cannot be had
 */
export async function all<Row>(call: PageCall<Row>): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of pages(call)) {
    rows.push(...page);
  }
  return rows;
}
