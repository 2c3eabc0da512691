// Answers requests with @cloud-copilot/iam-simulate, one JSON line in, one out, in the same order.
// A process of its own: that package is AGPL, so it is run beside holdpoint and never part of it.
//
// in:  {id, action, principal, resource, account, context, identity[], scp[[]], rcp[[]],
//       boundary[]|null, session|null, resource_policy|null}
// out: {id, result: Allowed|ImplicitlyDenied|ExplicitlyDenied} or {id, error}
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { join } from "node:path";

const home = process.env.HOLDPOINT_IAM_PEERS ?? process.cwd();
const { runSimulation } = createRequire(join(home, "package.json"))("@cloud-copilot/iam-simulate");

const named = (policies) => policies.map((policy, i) => ({ name: `p${i}`, policy }));
const levels = (list) =>
  list.map((policies, i) => ({ orgIdentifier: `level${i}`, policies: named(policies) }));

async function answer(q) {
  const simulation = {
    request: {
      action: q.action,
      principal: q.principal,
      resource: { resource: q.resource, accountId: q.account },
      contextVariables: q.context,
    },
    identityPolicies: named(q.identity),
    serviceControlPolicies: levels(q.scp),
    resourceControlPolicies: levels(q.rcp ?? []),
  };
  if (q.boundary) simulation.permissionBoundaryPolicies = named(q.boundary);
  if (q.session) simulation.sessionPolicy = q.session;
  if (q.resource_policy) simulation.resourcePolicy = q.resource_policy;
  const response = await runSimulation(simulation, {});
  if (response.resultType === "error") {
    return { id: q.id, error: JSON.stringify(response.errors) };
  }
  return {
    id: q.id,
    result: response.overallResult ?? response.result?.evaluationResult,
    ignored: Object.keys(response.result?.ignoredContextKeys ?? response.ignoredContextKeys ?? {}),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const q = JSON.parse(line);
  let out;
  try {
    out = await answer(q);
  } catch (error) {
    out = { id: q.id, error: String(error) };
  }
  process.stdout.write(JSON.stringify(out) + "\n");
}
