// Stands in for Clerk's own script in a page: one person is signed in, whose tokens `clerkToken` gives.
(() => {
  const user = { id: "user_1", organizationMemberships: [] };
  const session = {
    id: "sess_1",
    status: "active",
    user,
    lastActiveToken: { jwt: { claims: { sub: user.id, sid: "sess_1", v: 2 } } },
    factorVerificationAge: null,
    getToken: () => window.clerkToken(),
  };
  const resources = { client: { id: "client_1", sessions: [session] }, session, user, organization: null };
  window.__internal_ClerkUICtor = class {};
  window.Clerk = {
    ...resources,
    __internal_lastEmittedResources: resources,
    loaded: false,
    status: "loading",
    async load() {
      this.loaded = true;
      this.status = "ready";
    },
    addListener(listener) {
      listener(resources);
      return () => {};
    },
    on(_event, listener) {
      listener(this.status);
    },
    off() {},
    mountUserButton(node) {
      node.textContent = "Ada";
    },
    unmountUserButton() {},
  };
})();
