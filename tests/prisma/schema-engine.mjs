#!/usr/bin/env node
// Stands in for the `schema-engine` program that the Prisma CLI would download (PRISMA_SCHEMA_ENGINE_BINARY). The CLI
// starts it and speaks JSON-RPC over its standard streams; the work is done by the same engine as WebAssembly, from npm.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { createInterface } from "node:readline";

import { PrismaPg } from "@prisma/adapter-pg";
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from "@prisma/driver-adapter-utils";
import * as binding from "@prisma/schema-engine-wasm/schema_engine_bg";

// Types of the catalog's columns that the adapter does not know: "char" and name[], which the engine reads as these.
const CHAR = 18;
const TEXT = 25;
const NAMES = 1003;
const TEXTS = 1009;

const argv = process.argv.slice(2);
const datamodels = valuesOf("--datamodels").map((file) => [file, readFileSync(file, "utf8")]);
const address = JSON.parse(valuesOf("--datasource")[0] ?? "{}").url ?? process.env.DATABASE_URL;

function valuesOf(option) {
  return argv.flatMap((value, index) => (argv[index - 1] === option ? [value] : []));
}

function loadEngine() {
  const folder = path.dirname(createRequire(import.meta.url).resolve("@prisma/schema-engine-wasm"));
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => console.error(message) };
  const module = new WebAssembly.Module(readFileSync(path.join(folder, "schema_engine_bg.wasm")));
  const instance = new WebAssembly.Instance(module, { "./schema_engine_bg.js": binding });
  binding.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

function openEngine() {
  const { searchParams } = new URL(address);
  const factory = new CatalogPg({ connectionString: address }, { schema: searchParams.get("schema") ?? "public" });
  const options = datamodels.length > 0 ? { datamodels } : {};
  return binding.SchemaEngine.new(options, () => {}, bindMigrationAwareSqlAdapterFactory(factory));
}

class CatalogPg extends PrismaPg {
  async connect() {
    const adapter = await super.connect();
    const performIO = adapter.performIO.bind(adapter);
    const queryRaw = adapter.queryRaw.bind(adapter);
    const characters = new WeakMap();
    adapter.performIO = async (query) => {
      const result = await performIO(query);
      characters.set(query, []);
      for (const [index, field] of (result.fields ?? []).entries()) {
        if (field.dataTypeID === CHAR) {
          field.dataTypeID = TEXT;
          characters.get(query).push(index);
        } else if (field.dataTypeID === NAMES) {
          field.dataTypeID = TEXTS;
        }
      }
      return result;
    };
    adapter.queryRaw = async (query) => {
      const result = await queryRaw(query);
      for (const index of characters.get(query) ?? []) {
        result.columnTypes[index] = ColumnTypeEnum.Character;
      }
      return result;
    };
    return adapter;
  }
}

async function answer(engine, { id, method, params }) {
  try {
    let result = await engine[method](params ?? null);
    // The program prints what it found by a message of its own.
    if (method === "diff") {
      send({ id: 1_000_000, method: "print", params: { content: result.stdout ?? "" } });
      result = { exitCode: result.exitCode, stdout: null };
    }
    send({ id, result: result ?? {} });
  } catch (error) {
    const data = { is_panic: false, message: String(error.message ?? error), meta: error.meta ?? {}, error_code: error.code };
    send({ id, error: { code: 4466, message: "The engine failed.", data } });
  }
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
}

loadEngine();
if (argv.includes("--version")) {
  console.log(`schema-engine-cli ${binding.version()}`);
} else {
  let engine;
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() !== "") {
      engine ??= await openEngine();
      await answer(engine, JSON.parse(line));
    }
  }
  process.exit();
}
