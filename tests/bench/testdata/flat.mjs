// The flat program in TypeScript's SDK: the same resources and nothing else,
// driven through the Automation API as the Go side is.
import { readFileSync } from "node:fs";
import * as automation from "@pulumi/pulumi/automation/index.js";
import * as aws from "@pulumi/aws";

const run = JSON.parse(process.argv[2]);
const plan = JSON.parse(readFileSync(run.Plan, "utf8"));

async function program() {
  const made = [];
  for (const r of plan.Roles) {
    const role = new aws.iam.Role("cli/" + r.Key, {
      name: r.Name, assumeRolePolicy: r.Trust, path: "/", maxSessionDuration: r.Seconds, tags: r.Tags,
    });
    for (const policyArn of r.Policies) {
      made.push(new aws.iam.RolePolicyAttachment(`cli/${r.Key}/${policyArn}`, { role: role.name, policyArn }));
    }
  }
  for (const g of plan.Groups) {
    const managed = new aws.iam.Policy("cli/" + g.Name, {
      name: g.PolicyName, policy: g.Policy, path: "/", tags: g.Tags,
      description: "Assume the AWS CLI roles of this group; deny everything else without MFA.",
    }, { dependsOn: made });
    new aws.iam.GroupPolicyAttachment("cli/" + g.Name, { group: g.Name, policyArn: managed.arn });
  }
}

const pulumiCommand = await automation.PulumiCommand.get({ root: run.Root, skipVersionCheck: true });
const stack = await automation.LocalWorkspace.createOrSelectStack(
  { projectName: "flat", stackName: "dev", program },
  { pulumiCommand, pulumiHome: run.Dir + "/home", workDir: run.Dir, envVars: run.Variables },
);
await stack.setConfig("aws:region", { value: "us-east-1" });
await (run.Up ? stack.up() : stack.preview());
process.exit(0);
