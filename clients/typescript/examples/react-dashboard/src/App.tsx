import { Show, SignInButton, UserButton } from "@clerk/react";
import type { Interview, InterviewInvitee, Workspace } from "@qwalo/client";
import { useState } from "react";

import { Invite, NewInterview, NewWorkspace, Problem } from "./forms";
import { useInterviews, useWorkspaces } from "./queries";

export function App() {
  return (
    <>
      <Show when="signed-out">
        <SignInButton />
      </Show>
      <Show when="signed-in">
        <header>
          <UserButton />
        </header>
        <Dashboard />
      </Show>
    </>
  );
}

function Dashboard() {
  const { data, error, isPending, hasNextPage, isFetchingNextPage, fetchNextPage } = useWorkspaces();
  const [chosen, choose] = useState<Workspace>();
  if (isPending) {
    return <p>Your workspaces are on their way…</p>;
  }
  return (
    <main>
      <h1>Workspaces</h1>
      <Problem error={error} />
      <ul>
        {data?.pages.flatMap((page) => page.rows).map((workspace) => (
          <li key={workspace.id}>
            <button onClick={() => choose(workspace)}>{workspace.name}</button> {workspace.organizationName}
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show more
        </button>
      )}
      <NewWorkspace />
      {chosen && <Interviews key={chosen.id} workspace={chosen} />}
    </main>
  );
}

function Interviews({ workspace }: { workspace: Workspace }) {
  const { data, error } = useInterviews(workspace.id);
  return (
    <section aria-label={workspace.name}>
      <h2>{workspace.name}</h2>
      <Problem error={error} />
      {data?.map((interview) => <InterviewCard key={interview.id} interview={interview} role={workspace.role} />)}
      {mayHold(workspace.role) && <NewInterview workspaceId={workspace.id} />}
    </section>
  );
}

function InterviewCard({ interview, role }: { interview: Interview; role: Workspace["role"] }) {
  return (
    <article aria-label={interview.title}>
      <h3>
        {interview.title} ({interview.mode})
      </h3>
      <ul>
        {interview.invitees.map((invitee) => (
          <li key={invitee.id}>
            {invitee.name ?? invitee.email}: {words(invitee)}
          </li>
        ))}
      </ul>
      {mayHold(role) && <Invite workspaceId={interview.workspaceId} interviewId={interview.id} />}
    </article>
  );
}

/** Observers look on; Qwalo would answer 403. */
function mayHold(role: Workspace["role"]): boolean {
  return role !== "observer";
}

function words(invitee: InterviewInvitee): string {
  if (invitee.bouncedAt !== undefined) {
    return "the mail came back";
  }
  return invitee.status === "pending" && invitee.sentAt === undefined ? "being sent" : invitee.status;
}
