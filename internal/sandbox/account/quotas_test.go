package account_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
)

// identityDocument is a valid policy of that many characters, and white space
// that does not count.
func identityDocument(size int) string {
	frame := `{"Statement":{"Effect":"Allow","Action":"s3:","Resource":"*"}}`
	return strings.Replace(frame, `"s3:"`, ` "s3:`+strings.Repeat("x", size-len(frame))+`"`, 1)
}

// TestQuotas fills each quota, and goes one further.
func TestQuotas(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit   int
		add     func(a *account.Account, i int) error
		message string
	}{
		"groups per user": {10, func(a *account.Account, i int) error {
			_, err := a.CreateGroup(fmt.Sprintf("g%d", i), "")
			return errors.Join(err, a.AddUserToGroup(fmt.Sprintf("g%d", i), "bob"))
		}, "Cannot exceed quota for GroupsPerUser: 10"},
		"policies per user": {10, func(a *account.Account, i int) error {
			return a.AttachUserPolicy("bob", newPolicy(a, i))
		}, "Cannot exceed quota for PoliciesPerUser: 10"},
		"policies per group": {10, func(a *account.Account, i int) error {
			return a.AttachGroupPolicy("developers", newPolicy(a, i))
		}, "Cannot exceed quota for PoliciesPerGroup: 10"},
		"policies per role": {10, func(a *account.Account, i int) error {
			return a.AttachRolePolicy("power-user", newPolicy(a, i))
		}, "Cannot exceed quota for PoliciesPerRole: 10"},
		"access keys per user": {2, func(a *account.Account, _ int) error {
			_, err := a.CreateAccessKey("bob")
			return err
		}, "Cannot exceed quota for AccessKeysPerUser: 2"},
		"versions": {4, func(a *account.Account, _ int) error {
			_, err := a.CreatePolicyVersion(arn("policy/mine"), document, false)
			return err
		}, "A managed policy can have up to 5 versions."},
		"tags": {50, func(a *account.Account, i int) error {
			return a.TagRole("power-user", []account.Tag{{Key: fmt.Sprintf("k%d", i)}})
		}, "The number of tags has reached the maximum limit."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAccount(t)
			for i := range test.limit {
				require.NoError(t, test.add(a, i))
			}
			requireError(t, test.add(a, test.limit), 409, "LimitExceeded", test.message)
		})
	}
}

func newPolicy(a *account.Account, i int) string {
	p, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: fmt.Sprintf("p%d", i), PolicyDocument: document})
	if err != nil {
		return err.Error()
	}
	return p.ARN
}

func TestSizesThatFit(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	_, err := a.CreatePolicy(account.CreatePolicyInput{PolicyName: "p", PolicyDocument: identityDocument(6144)})
	require.NoError(t, err)
	_, err = a.CreateUser(account.CreateUserInput{
		UserName: strings.Repeat("x", 64), Path: "/" + strings.Repeat("p", 510) + "/",
	})
	require.NoError(t, err)
}
