package account_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// TestAnySequenceOfOperations: whatever is done in whatever order, errors are
// AWS's, the account can be saved and loaded again, and its answers are then
// the same.
func TestAnySequenceOfOperations(t *testing.T) {
	t.Parallel()
	path, keptPath := filepath.Join(t.TempDir(), "account.json"), filepath.Join(t.TempDir(), "account.json")
	name := rapid.SampledFrom([]string{"a", "A", "b"})
	policyARN := rapid.SampledFrom([]string{adminARN, arn("policy/a"), arn("policy/b")})
	version := rapid.SampledFrom([]string{"v1", "v2", "v3"})
	principal := rapid.SampledFrom([]string{arn("user/a"), arn("user/b"), arn("role/a"), arn("role/b"), "*"})
	rapid.Check(t, func(rt *rapid.T) {
		a := account.New(accountID, "aws")
		kept, err := account.Keep(a, keptPath)
		require.NoError(rt, err)
		try := func(_ any, err error) {
			var e *account.Error
			if err != nil && !errors.As(err, &e) {
				rt.Fatalf("no error of AWS: %v", err)
			}
		}
		trustPolicy := func() string { return trust(`"AWS":"` + principal.Draw(rt, "principal") + `"`) }
		operations := []func(n string){
			func(n string) { try(a.CreateUser(account.CreateUserInput{UserName: n})) },
			func(n string) { try(nil, a.PutInlinePolicy(account.Identity{Kind: "role", Name: n}, "p", document)) },
			func(n string) { try(nil, a.DeleteInlinePolicy(account.Identity{Kind: "role", Name: n}, "p")) },
			func(n string) { try(nil, a.DeleteUser(n)) },
			func(n string) { try(a.CreateGroup(n, "")) },
			func(n string) { try(nil, a.AddUserToGroup(n, name.Draw(rt, "user"))) },
			func(n string) { try(nil, a.RemoveUserFromGroup(n, name.Draw(rt, "user"))) },
			func(n string) {
				try(a.CreateRole(account.CreateRoleInput{RoleName: n, AssumeRolePolicyDocument: trustPolicy()}))
			},
			func(n string) { try(nil, a.UpdateAssumeRolePolicy(n, trustPolicy())) },
			func(n string) { try(nil, a.DeleteRole(n)) },
			func(n string) {
				try(a.CreatePolicy(account.CreatePolicyInput{PolicyName: n, PolicyDocument: document}))
			},
			func(string) { try(a.CreatePolicyVersion(policyARN.Draw(rt, "policy"), document, true)) },
			func(string) {
				try(nil, a.DeletePolicyVersion(policyARN.Draw(rt, "policy"), version.Draw(rt, "version")))
			},
			func(string) { try(nil, a.DeletePolicy(policyARN.Draw(rt, "policy"))) },
			func(n string) { try(nil, a.AttachUserPolicy(n, policyARN.Draw(rt, "policy"))) },
			func(n string) { try(nil, a.DetachUserPolicy(n, policyARN.Draw(rt, "policy"))) },
			func(n string) { try(nil, a.AttachGroupPolicy(n, policyARN.Draw(rt, "policy"))) },
			func(n string) { try(nil, a.PutRolePermissionsBoundary(n, policyARN.Draw(rt, "policy"))) },
			func(n string) { try(a.CreateAccessKey(n)) },
		}
		for range rapid.IntRange(1, 40).Draw(rt, "length") {
			rapid.SampledFrom(operations).Draw(rt, "operation")(name.Draw(rt, "name"))
			require.NoError(rt, kept.Save())
		}
		require.NoError(rt, a.Save(path))
		saved, err := a.MarshalJSON()
		require.NoError(rt, err)
		for _, file := range []string{path, keptPath} {
			loaded, err := account.Load(file)
			require.NoError(rt, err)
			again, err := loaded.MarshalJSON()
			require.NoError(rt, err)
			require.JSONEq(rt, string(saved), string(again))
		}
	})
}
