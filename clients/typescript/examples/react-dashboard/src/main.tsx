import { ClerkProvider } from "@clerk/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { QwaloProblem } from "@qwalo/client";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";

// What Qwalo refuses it refuses again: only what got no answer is asked for once more.
function retry(failures: number, error: Error): boolean {
  return failures < 2 && !(error instanceof QwaloProblem);
}

const queryClient = new QueryClient({ defaultOptions: { queries: { retry }, mutations: { retry } } });

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <ClerkProvider publishableKey={import.meta.env.VITE_CLERK_PUBLISHABLE_KEY}>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </ClerkProvider>
  </StrictMode>,
);
