// A program of the mission's stack: `node mission.mjs USER_ID` prints what it reads of the user's workspaces, then
// writes a workspace of its own and prints that.
import { PrismaPg } from "@prisma/adapter-pg";

import client from "./node_modules/.mission/index.js";

const ownerId = process.argv[2];
const prisma = new client.PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
const everything = { interviews: { include: { invitees: true } } };

const read = await prisma.workspace.findMany({ where: { ownerId }, include: everything });
const written = await prisma.workspace.create({
  data: {
    name: "By Prisma",
    organizationName: "Acme",
    owner: { connect: { id: ownerId } },
    interviews: { create: { title: "Why", mode: "voice", invitees: { create: { email: "ines@example.com" } } } },
  },
  include: everything,
});
const updated = await prisma.workspace.update({ where: { id: written.id }, data: { name: "By Prisma, renamed" } });
console.log(JSON.stringify({ read, written, updated }));
await prisma.$disconnect();
