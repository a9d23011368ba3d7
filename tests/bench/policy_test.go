package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

func policyRows(m matches) []row {
	all := []row{{
		what: "one decision, compiled, stack dev", against: "iam-simulate, unvalidated", of: "wall, theirs/ours", reach: 570,
		atLeast: true, run: decision,
	}, {
		what: "trusted users in 2,048 characters", against: "the least that the grammar allows", of: "users",
		reach: 0.95, atLeast: true, quick: true, run: usersThatFit,
	}, {
		what: "roles in a group's 6,144 characters", against: "the same document without Sids and spaces", of: "roles",
		reach: 0.95, atLeast: true, quick: true, run: rolesThatFit,
	}}
	for _, preview := range []match{smallPreview, middlePreview, largePreview} {
		all = append(all, row{
			what: fmt.Sprintf("the proof of %d resources", preview.resources), against: "the pulumi preview that it delays",
			of: "CPU", reach: 0.02, run: func(t *testing.T) result {
				t.Helper()
				theirs := m.compare(preview, "ours", "ours", whole)(t).theirs
				return measured{ours: proof(t, preview.resources), theirs: theirs}.cpu()
			},
		})
	}
	return all
}

// proof is the median of seven.
func proof(t *testing.T, resources int) sample {
	t.Helper()
	members := map[string][]string{}
	for i := range max(1, resources/20) {
		members[groupName(i)] = []string{groupName(i) + "-a", groupName(i) + "-b"}
	}
	plan := newDeployment(t, resources).resolve(t, members)
	var samples []sample
	for range 7 {
		samples = append(samples, many(3, func() { require.NoError(t, policy.Verify(plan.Deployment).Err()) }))
	}
	return median(samples)
}

// decision is one that the group's policy of stack dev denies: the first
// statement allows it, the last one does not.
func decision(t *testing.T) result {
	t.Helper()
	document, err := policy.GroupPolicy{
		Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: []string{"arn:aws:iam::" + accountID + ":role/dev"},
	}.Document()
	require.NoError(t, err)
	compiled, err := policy.Compile(document)
	require.NoError(t, err)
	user := policy.Caller{Kind: policy.UserCaller, ARN: userARN("alice"), Account: accountID}
	request := policy.Request{
		Caller: user, Action: "s3:GetObject", Resource: "arn:aws:s3:::bucket/object",
		Context: user.Context().With(policy.KeyMFAPresent, "false").With("aws:ViaAWSService", "false"),
	}
	policies := policy.Policies{Identity: []policy.Attached{{Name: "group", Policy: compiled}}}
	require.False(t, policy.Evaluate(request, policies).Allowed)
	other := iamSimulate(t, document)
	return interleave(t, 7, func(*testing.T) sample {
		return many(100_000, func() { policy.Evaluate(request, policies) })
	}, other).wall().inverted()
}

const simulateProgram = `
import { runUnsafeSimulation } from "@cloud-copilot/iam-simulate";
import { readFileSync } from "node:fs";
const simulation = JSON.parse(readFileSync(process.argv[2], "utf8"));
const n = 2000;
let result;
for (let i = 0; i < n / 4; i++) { result = runUnsafeSimulation(simulation, {}); }
const start = process.hrtime.bigint();
for (let i = 0; i < n; i++) { result = runUnsafeSimulation(simulation, {}); }
console.log(JSON.stringify({ nanoseconds: Number(process.hrtime.bigint() - start) / n, result }));
`

// iamSimulate is https://github.com/cloud-copilot/iam-simulate with the same
// document and request.
func iamSimulate(t *testing.T, document policy.Document) side {
	t.Helper()
	dir := npmInstall(t, "@cloud-copilot/iam-simulate@0.1.172")
	simulation, err := json.Marshal(map[string]any{
		"identityPolicies":       []any{map[string]any{"name": "group", "policy": json.RawMessage(document.String())}},
		"serviceControlPolicies": []any{}, "resourceControlPolicies": []any{},
		"request": map[string]any{
			"action": "s3:GetObject", "principal": userARN("alice"),
			"resource":         map[string]string{"resource": "arn:aws:s3:::bucket/object", "accountId": accountID},
			"contextVariables": map[string]string{"aws:MultiFactorAuthPresent": "false", "aws:ViaAWSService": "false"},
		},
	})
	require.NoError(t, err)
	for name, text := range map[string]string{
		"run.mjs": simulateProgram, "simulation.json": string(simulation),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	return func(t *testing.T) sample {
		t.Helper()
		var took struct {
			Nanoseconds float64
			Result      json.RawMessage
		}
		cmd := exec.CommandContext(t.Context(), "node", "run.mjs", "simulation.json")
		cmd.Dir, cmd.Stderr = dir, os.Stderr
		output, err := cmd.Output()
		require.NoError(t, err, "%s", output)
		require.NoError(t, json.Unmarshal(output, &took))
		require.Contains(t, string(took.Result), "ExplicitlyDenied")
		return sample{Wall: time.Duration(took.Nanoseconds)}
	}
}

// thatFit is how many names fit into a document of that many characters, which
// IAM counts without white space.
func thatFit(t *testing.T, quota int, document func(arns []string) string, arn func(i int) string) float64 {
	t.Helper()
	var arns []string
	for len(document(append(arns, arn(len(arns))))) <= quota {
		arns = append(arns, arn(len(arns)))
	}
	return float64(len(arns))
}

func fits(ours, theirs float64) result {
	return result{ratio: ours / theirs, ours: fmt.Sprint(ours), theirs: fmt.Sprint(theirs)}
}

func usersThatFit(t *testing.T) result {
	t.Helper()
	arn := func(i int) string { return userARN(fmt.Sprintf("user-%02d", i)) }
	ours := func(arns []string) string {
		document, err := policy.TrustPolicy(arns)
		require.NoError(t, err)
		return document.String()
	}
	least := func(arns []string) string {
		return `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":["` + strings.Join(arns, `","`) +
			`"]},"Action":"sts:AssumeRole","Condition":{"Bool":{"aws:MultiFactorAuthPresent":true}}}}`
	}
	return fits(thatFit(t, 2048, ours, arn), thatFit(t, 2048, least, arn))
}

func rolesThatFit(t *testing.T) result {
	t.Helper()
	arn := func(i int) string { return fmt.Sprintf("arn:aws:iam::%s:role/cli-dev-%02d", accountID, i) }
	ours := func(arns []string) string {
		document, err := policy.GroupPolicy{
			Account: policy.Account{Partition: "aws", ID: accountID}, RoleARNs: arns,
		}.Document()
		require.NoError(t, err)
		return document.String()
	}
	least := func(arns []string) string {
		var document struct {
			Version   string
			Statement []map[string]any
		}
		require.NoError(t, json.Unmarshal([]byte(ours(arns)), &document))
		for _, statement := range document.Statement {
			delete(statement, "Sid")
		}
		text, err := json.Marshal(document)
		require.NoError(t, err)
		return string(text)
	}
	return fits(thatFit(t, 6144, ours, arn), thatFit(t, 6144, least, arn))
}
