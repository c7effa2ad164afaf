/** Checked by tsc alone: the types have the shapes of the contract. */

import {
  all,
  answered,
  createQwalo,
  type Interview,
  type InterviewInvitee,
  type InterviewMode,
  type InviteeStatus,
  type Workspace,
} from "../src/index.js";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [Key in keyof T]: T[Key] };
/** What of a type of ours the contract speaks of. */
type Part<Ours, Contract> = Flat<Pick<Ours, keyof Ours & keyof Contract>>;

function holds<_ extends true>(): void {}

/** The types of the dashboard, as the contract has them: times are text, and an optional fact is absent, not null. */
interface ContractWorkspace {
  id: string;
  name: string;
  organizationName: string;
  ownerId: string;
  createdAt: string;
  updatedAt: string;
}

interface ContractInterview {
  id: string;
  workspaceId: string;
  title: string;
  mode: "video" | "voice";
  invitees: InterviewInvitee[];
  createdAt: string;
  updatedAt: string;
}

interface ContractInvitee {
  id: string;
  interviewId: string;
  email: string;
  name?: string;
  status: "pending" | "accepted" | "completed";
  sentAt?: string;
  createdAt: string;
  updatedAt: string;
}

holds<Equal<InterviewMode, "video" | "voice">>();
holds<Equal<InviteeStatus, "pending" | "accepted" | "completed">>();
holds<Equal<Part<Workspace, ContractWorkspace>, Flat<ContractWorkspace>>>();
holds<Equal<Part<Interview, ContractInterview>, Flat<ContractInterview>>>();
holds<Equal<Part<InterviewInvitee, ContractInvitee>, Flat<ContractInvitee>>>();

const qwalo = createQwalo({ baseUrl: "http://127.0.0.1:8000", token: async () => "token" });

/** What comes back has those types, through each way of calling. */
export async function answers(workspace_id: string): Promise<void> {
  const { data } = await qwalo.GET("/workspaces");
  holds<Equal<typeof data, Workspace[] | undefined>>();
  const list = await answered(qwalo.GET("/workspaces/{workspace_id}/interviews", { params: { path: { workspace_id } } }));
  holds<Equal<typeof list, Interview[]>>();
  const everything = await all((cursor) => qwalo.GET("/workspaces", { params: { query: { cursor } } }));
  holds<Equal<typeof everything, Workspace[]>>();
}

/** What the API would refuse does not compile. */
export async function mistakes(workspace_id: string): Promise<void> {
  // @ts-expect-error there is no such path
  await qwalo.GET("/workspace");
  // @ts-expect-error the organization's name is missing
  await qwalo.POST("/workspaces", { body: { name: "Research" } });
  const params = { path: { workspace_id } };
  // @ts-expect-error there is no such mode
  await qwalo.POST("/workspaces/{workspace_id}/interviews", { params, body: { title: "Why", mode: "phone" } });
  // @ts-expect-error a status is one of three
  const status: InviteeStatus = "declined";
  void status;
}
