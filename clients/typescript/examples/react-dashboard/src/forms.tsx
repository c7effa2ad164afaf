import { QwaloProblem, type InterviewMode } from "@qwalo/client";
import { useId, type FormEvent, type ReactNode } from "react";

import { submission, useCreateInterview, useCreateWorkspace, useInvite } from "./queries";

export function NewWorkspace() {
  const create = useCreateWorkspace();
  const submit = (form: FormData) =>
    create.mutateAsync(submission({ name: text(form, "name"), organizationName: text(form, "organizationName") }));
  return (
    <Form title="New workspace" button="Create workspace" submit={submit} isPending={create.isPending}>
      <Field name="name" label="Name" error={create.error} />
      <Field name="organizationName" label="Organization" error={create.error} />
      <Problem error={create.error} />
    </Form>
  );
}

export function NewInterview({ workspaceId }: { workspaceId: string }) {
  const create = useCreateInterview(workspaceId);
  const submit = (form: FormData) =>
    create.mutateAsync(submission({ title: text(form, "title"), mode: text(form, "mode") as InterviewMode }));
  return (
    <Form title="New interview" button="Create interview" submit={submit} isPending={create.isPending}>
      <Field name="title" label="Title" error={create.error} />
      <label>
        Mode{" "}
        <select name="mode">
          <option value="video">Video</option>
          <option value="voice">Voice</option>
        </select>
      </label>
      <Problem error={create.error} />
    </Form>
  );
}

export function Invite({ workspaceId, interviewId }: { workspaceId: string; interviewId: string }) {
  const invite = useInvite(workspaceId, interviewId);
  const submit = (form: FormData) => {
    const name = text(form, "name");
    return invite.mutateAsync(submission({ email: text(form, "email"), ...(name ? { name } : {}) }));
  };
  return (
    <Form title="Invite somebody" button="Send the invitation" submit={submit} isPending={invite.isPending}>
      <Field name="email" label="Email" error={invite.error} />
      <Field name="name" label="Name, if you like" error={invite.error} />
      <Problem error={invite.error} />
    </Form>
  );
}

interface FormProps {
  title: string;
  button: string;
  submit: (form: FormData) => Promise<unknown>;
  isPending: boolean;
  children: ReactNode;
}

function Form({ title, button, submit, isPending, children }: FormProps) {
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    // What was typed stays in a form that was refused; the mutation holds the error.
    submit(new FormData(form)).then(() => form.reset(), () => {});
  };
  return (
    <form aria-label={title} onSubmit={onSubmit} noValidate>
      {children}
      <button disabled={isPending}>{isPending ? "Sending…" : button}</button>
    </form>
  );
}

/** An input, with what Qwalo says of this field. */
function Field({ name, label, error }: { name: string; label: string; error: Error | null }) {
  const id = useId();
  const message = error instanceof QwaloProblem ? error.field(name) : undefined;
  return (
    <p>
      <label htmlFor={id}>{label}</label>{" "}
      <input id={id} name={name} aria-invalid={message !== undefined} aria-describedby={`${id}-problem`} />
      <span id={`${id}-problem`}>{message}</span>
    </p>
  );
}

/** What went wrong with the whole, where no field is to blame. */
export function Problem({ error }: { error: Error | null }) {
  if (error === null || (error instanceof QwaloProblem && error.errors.length > 0)) {
    return null;
  }
  return <p role="alert">{error instanceof QwaloProblem ? error.message : "Qwalo cannot be reached: try again."}</p>;
}

function text(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}
