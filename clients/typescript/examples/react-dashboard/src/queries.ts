import { useAuth } from "@clerk/react";
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { all, answered, createQwalo, nextCursor, type InterviewMode, type Qwalo } from "@qwalo/client";
import { useMemo } from "react";

/** The client as the person who is signed in. Clerk's token lives for a minute: it is asked for at each request. */
export function useQwalo(): Qwalo {
  const { getToken } = useAuth();
  return useMemo(
    () => createQwalo({ baseUrl: import.meta.env.VITE_QWALO_URL, token: () => getToken() }),
    [getToken],
  );
}

/** One submission of a form. Its key is the same however often it is sent, so that it is done once. */
export interface Submission<Body> {
  key: string;
  body: Body;
}

export function submission<Body>(body: Body): Submission<Body> {
  return { key: crypto.randomUUID(), body };
}

/** Nobody sees what was kept for another person who was signed in before. */
function useKeys() {
  const { userId } = useAuth();
  return {
    workspaces: [userId, "workspaces"],
    interviews: (workspaceId: string) => [userId, "interviews", workspaceId],
  };
}

/** Page after page, newest first: `data.pages` holds those that were asked for. */
export function useWorkspaces() {
  const qwalo = useQwalo();
  return useInfiniteQuery({
    queryKey: useKeys().workspaces,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam: cursor, signal }) => {
      const answer = qwalo.GET("/workspaces", { params: { query: { limit: 20, cursor } }, signal });
      return { rows: await answered(answer), next: nextCursor((await answer).response) };
    },
    getNextPageParam: (page) => page.next,
  });
}

/** All interviews of a workspace, each with its invitees; their statuses change by themselves. */
export function useInterviews(workspaceId: string) {
  const qwalo = useQwalo();
  return useQuery({
    queryKey: useKeys().interviews(workspaceId),
    queryFn: ({ signal }) =>
      all((cursor) =>
        qwalo.GET("/workspaces/{workspace_id}/interviews", {
          params: { path: { workspace_id: workspaceId }, query: { limit: 100, cursor } },
          signal,
        }),
      ),
    refetchInterval: 10_000,
  });
}

export function useCreateWorkspace() {
  const qwalo = useQwalo();
  const queryClient = useQueryClient();
  const queryKey = useKeys().workspaces;
  return useMutation({
    mutationFn: ({ key, body }: Submission<{ name: string; organizationName: string }>) =>
      answered(qwalo.POST("/workspaces", { body, headers: { "Idempotency-Key": key } })),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  });
}

export function useCreateInterview(workspaceId: string) {
  const qwalo = useQwalo();
  const queryClient = useQueryClient();
  const queryKey = useKeys().interviews(workspaceId);
  return useMutation({
    mutationFn: ({ key, body }: Submission<{ title: string; mode: InterviewMode }>) =>
      answered(
        qwalo.POST("/workspaces/{workspace_id}/interviews", {
          params: { path: { workspace_id: workspaceId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  });
}

/** Adds an invitee, to whom Qwalo sends the personal link. */
export function useInvite(workspaceId: string, interviewId: string) {
  const qwalo = useQwalo();
  const queryClient = useQueryClient();
  const queryKey = useKeys().interviews(workspaceId);
  return useMutation({
    mutationFn: ({ key, body }: Submission<{ email: string; name?: string }>) =>
      answered(
        qwalo.POST("/workspaces/{workspace_id}/interviews/{interview_id}/invitees", {
          params: { path: { workspace_id: workspaceId, interview_id: interviewId } },
          body,
          headers: { "Idempotency-Key": key },
        }),
      ),
    onSuccess: () => queryClient.invalidateQueries({ queryKey }),
  });
}
