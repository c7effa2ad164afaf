import type { components } from "./schema.js";

export type ProblemDetails = components["schemas"]["ProblemDetails"];
export type FieldError = components["schemas"]["FieldError"];

/** What a call of the client comes to: `data` if it went well, else `error`. */
export interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

/** An error of the API as an exception. `code` is stable: compare it, and show the message to people. */
export class QwaloProblem extends Error {
  override readonly name = "QwaloProblem";
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly FieldError[];

  constructor(details: ProblemDetails) {
    super(details.detail);
    this.status = details.status;
    this.code = details.code;
    this.title = details.title;
    this.errors = details.errors ?? [];
  }

  /** What is wrong with one field of the request, for the form. */
  field(name: string): string | undefined {
    return this.errors.find((error) => error.field === name)?.message;
  }
}

/**
 * The data of an answer, for callers that want an exception instead of `error`.
 *
 * @throws QwaloProblem for every answer that is an error
 */
export async function answered<Data>(call: Promise<Answer<Data>>): Promise<Data> {
  const { data, error, response } = await call;
  if (!response.ok) {
    throw new QwaloProblem(isProblem(error) ? error : notOurs(response));
  }
  return data as Data;
}

function isProblem(error: unknown): error is ProblemDetails {
  return typeof error === "object" && error !== null && "code" in error && "detail" in error && "status" in error;
}

// A proxy between the caller and Qwalo answers in its own words.
function notOurs(response: Response): ProblemDetails {
  return {
    type: "about:blank",
    title: "Unexpected answer",
    status: response.status,
    code: "unexpected-answer",
    detail: `The server answered ${response.status}, and not in Qwalo's words: try again later.`,
  };
}
