package stack_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// TestWhatIsAskedFor: of many roles only those are asked for that a list of all
// shows, where there is one; of AWS's policies those that this program does not know.
func TestWhatIsAskedFor(t *testing.T) {
	t.Parallel()
	listed := func(string) ([]string, error) { return []string{"cli-dev-ROLE-3", "cli-dev-other"}, nil }
	denied := func(string) ([]string, error) { return nil, errors.New("AccessDenied") }
	for name, test := range map[string]struct {
		roles, asked int
		list         func(string) ([]string, error)
		in           policy.Account
		policies     []string
	}{
		"a few":               {roles: 16, asked: 16, list: listed, in: account},
		"many":                {roles: 17, asked: 1, list: listed, in: account},
		"many without a list": {roles: 17, asked: 17, list: nil, in: account},
		"many, list denied":   {roles: 17, asked: 17, list: denied, in: account},
		"in China": {
			roles: 1, asked: 1, list: listed, in: policy.Account{Partition: "aws-cn", ID: account.ID},
			policies: []string{"arn:aws-cn:iam::aws:policy/PowerUserAccess"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := stack.Config{Project: "aws-cli-mfa", Stack: "dev", Access: stack.Access{
				NamePrefix: "cli-dev-", Roles: map[string]stack.Role{},
			}}
			for i := range test.roles {
				config.Roles[fmt.Sprintf("role-%d", i)] = stack.Role{
					Groups: []string{"developers"}, ManagedPolicies: []string{"PowerUserAccess", "AmazonSQSFullAccess"},
				}
			}
			var mu sync.Mutex
			var roles, policies []string
			note := func(list *[]string, name string) {
				mu.Lock()
				defer mu.Unlock()
				*list = append(*list, name)
			}
			_, err := stack.Resolve(config, test.in, stack.Source{
				Group: func(string) ([]stack.User, error) {
					return []stack.User{{Name: "alice", ARN: test.in.UserARN("/", "alice")}}, nil
				},
				Policy: func(arn string) (stack.Existing, error) {
					note(&policies, arn)
					if policy.IsAWSManaged(arn) {
						return stack.Existing{}, nil
					}
					return stack.Existing{}, stack.ErrNotThere
				},
				Role: func(name string) (stack.Existing, error) {
					note(&roles, name)
					return stack.Existing{}, stack.ErrNotThere
				},
				RoleNames: test.list,
				State:     func() (stack.State, error) { return stack.State{}, stack.ErrNotThere },
			}, nil)
			require.NoError(t, err)
			require.Len(t, roles, test.asked)
			if test.asked == 1 && test.roles > 1 {
				require.Equal(t, []string{"cli-dev-role-3"}, roles)
			}
			slices.Sort(policies)
			unknown := strings.Replace("arn:aws:iam::aws:policy/AmazonSQSFullAccess", ":aws:", ":"+test.in.Partition+":", 1)
			want := append([]string{test.in.PolicyARN("/", "cli-dev-developers"), unknown}, test.policies...)
			slices.Sort(want)
			require.Equal(t, want, policies)
		})
	}
}
