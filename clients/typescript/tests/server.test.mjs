/** The built client against the running server at QWALO_URL, as the person of QWALO_TOKEN, who has nothing yet. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { all, answered, createQwalo, pages, QwaloProblem } from "@qwalo/client";

const baseUrl = setting("QWALO_URL");
const token = setting("QWALO_TOKEN");
const qwalo = createQwalo({ baseUrl, token: async () => token });

test("a workspace, an interview and an invitee are made, and found again", async () => {
  const workspace = await answered(
    qwalo.POST("/workspaces", { body: { name: "Research", organizationName: "Acme" } }),
  );
  const params = { path: { workspace_id: workspace.id } };
  const interview = await answered(
    qwalo.POST("/workspaces/{workspace_id}/interviews", { params, body: { title: "Why", mode: "voice" } }),
  );
  const inside = { path: { workspace_id: workspace.id, interview_id: interview.id } };
  const invitee = await answered(
    qwalo.POST("/workspaces/{workspace_id}/interviews/{interview_id}/invitees", {
      params: inside,
      body: { email: "ines@example.com" },
    }),
  );
  assert.equal(invitee.status, "pending");
  assert.equal("name" in invitee, false);
  const [found] = await answered(qwalo.GET("/workspaces/{workspace_id}/interviews", { params }));
  assert.equal(found?.mode, "voice");
  assert.deepEqual(found.invitees.map((one) => one.id), [invitee.id]);
  const gone = await qwalo.DELETE("/workspaces/{workspace_id}", { params });
  assert.equal(gone.response.status, 204);
  assert.equal(await answered(qwalo.DELETE("/workspaces/{workspace_id}", { params })).catch(code), "workspace-not-found");
});

test("an error is a value, or an exception with its code and its fields", async () => {
  const body = { name: " ", organizationName: "Acme" };
  const { data, error, response } = await qwalo.POST("/workspaces", { body });
  assert.equal(data, undefined);
  assert.equal(response.status, 422);
  assert.equal(error?.code, "invalid-request");
  const thrown = await answered(qwalo.POST("/workspaces", { body })).catch((problem) => problem);
  assert.ok(thrown instanceof QwaloProblem);
  assert.equal(thrown.status, 422);
  assert.match(thrown.field("name") ?? "", /\w/);
  assert.equal(thrown.field("organizationName"), undefined);
});

test("without a session the answer is 401", async () => {
  const nobody = createQwalo({ baseUrl, token: async () => null });
  assert.equal(await answered(nobody.GET("/workspaces")).catch(code), "not-signed-in");
});

test("an error in the words of a proxy is an exception too", async () => {
  const fetch = async () => new Response("<h1>Bad gateway</h1>", { status: 502 });
  const behindProxy = createQwalo({ baseUrl, token, fetch, retries: 0 });
  assert.equal(await answered(behindProxy.GET("/workspaces")).catch(code), "unexpected-answer");
});

test("all pages of a list are walked, each row once", async () => {
  const names = ["a", "b", "c", "d", "e"];
  for (const name of names) {
    await answered(qwalo.POST("/workspaces", { body: { name, organizationName: "Pages" } }));
  }
  const sizes = [];
  for await (const page of pages((cursor) => qwalo.GET("/workspaces", { params: { query: { limit: 2, cursor } } }))) {
    sizes.push(page.length);
  }
  assert.deepEqual(sizes, [2, 2, 1]);
  const rows = await all((cursor) => qwalo.GET("/workspaces", { params: { query: { limit: 2, cursor } } }));
  assert.deepEqual(rows.map((row) => row.name), names.reverse());
});

test("a POST whose answer got lost is sent again, and done once", async () => {
  let sent = 0;
  const flaky = createQwalo({
    baseUrl,
    token,
    async fetch(request) {
      const response = await fetch(request);
      sent += 1;
      if (sent === 1) {
        throw new TypeError("The answer got lost.");
      }
      return response;
    },
  });
  const workspace = await answered(
    flaky.POST("/workspaces", { body: { name: "Once", organizationName: "Retries" } }),
  );
  assert.equal(sent, 2);
  assert.deepEqual(await idsOf("Retries"), [workspace.id]);
});

test("a key of the caller's own is used", async () => {
  const headers = { "Idempotency-Key": crypto.randomUUID() };
  const body = { name: "Own key", organizationName: "Keys" };
  const first = await answered(qwalo.POST("/workspaces", { body, headers }));
  const second = await answered(qwalo.POST("/workspaces", { body, headers }));
  assert.equal(second.id, first.id);
  assert.deepEqual(await idsOf("Keys"), [first.id]);
});

test("a PATCH whose answer got lost is not sent again", async () => {
  let sent = 0;
  const broken = createQwalo({
    baseUrl,
    token,
    async fetch() {
      sent += 1;
      throw new TypeError("The network is down.");
    },
  });
  const params = { path: { workspace_id: "w" } };
  await assert.rejects(broken.PATCH("/workspaces/{workspace_id}", { params, body: { name: "x" } }), TypeError);
  assert.equal(sent, 1);
});

/** @param {string} organization */
async function idsOf(organization) {
  const rows = await all((cursor) => qwalo.GET("/workspaces", { params: { query: { cursor } } }));
  return rows.filter((row) => row.organizationName === organization).map((row) => row.id);
}

/** @param {unknown} problem */
function code(problem) {
  assert.ok(problem instanceof QwaloProblem, String(problem));
  return problem.code;
}

/** @param {string} name */
function setting(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is missing`);
  return value;
}
