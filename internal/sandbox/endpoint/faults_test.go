package endpoint_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/require"

	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/account"
	"github.com/aws-cli-mfa/aws-cli-mfa/internal/sandbox/endpoint"
)

// TestFaults has creating a group go wrong in each way, before and after its effect.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault endpoint.Fault
		code  string // empty for an answer that never comes
	}{
		"error":   {endpoint.Fault{Error: account.NewError("Throttling", http.StatusBadRequest, "Rate exceeded")}, "Throttling"},
		"reset":   {endpoint.Fault{}, ""},
		"silence": {endpoint.Fault{Silent: true}, ""},
	} {
		for _, afterEffect := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				fault := test.fault
				fault.AfterEffect = afterEffect
				s := start(t, func(o *endpoint.Options) {
					o.Faults.Strike = func(action string) *endpoint.Fault {
						return map[string]*endpoint.Fault{"CreateGroup": &fault}[action]
					}
				})
				config := s.config(keys(s.admin))
				config.HTTPClient = awshttp.NewBuildableClient().WithTimeout(100 * time.Millisecond)
				client := iam.NewFromConfig(config, func(o *iam.Options) { o.HTTPSignerV4 = s.clock })
				_, err := client.CreateGroup(t.Context(), &iam.CreateGroupInput{GroupName: aws.String("g")})
				require.Error(t, err)
				api, answered := errors.AsType[smithy.APIError](err)
				require.Equal(t, test.code != "", answered, err)
				if answered {
					require.Equal(t, test.code, api.ErrorCode())
				}
				_, _, err = s.account.GetGroup("g")
				require.Equal(t, afterEffect, err == nil)
				_, err = s.iam().ListGroups(t.Context(), &iam.ListGroupsInput{})
				require.NoError(t, err, "nothing else goes wrong")
			})
		}
	}
}

func TestIAMLagsBehind(t *testing.T) {
	t.Parallel()
	s := start(t, func(o *endpoint.Options) { o.Faults.Lag, o.Faults.Newcomer = func() int { return 2 }, 1 })
	client, ctx, do := s.iam(), t.Context(), succeeds(t)
	groups := func() int {
		listed, err := client.ListGroups(ctx, &iam.ListGroupsInput{})
		require.NoError(t, err)
		return len(listed.Groups)
	}
	do(client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("a")}))
	require.Zero(t, groups())
	do(client.CreateGroup(ctx, &iam.CreateGroupInput{GroupName: aws.String("b")}))
	require.Equal(t, []int{0, 0, 2}, []int{groups(), groups(), groups()})

	do(client.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("alice")}))
	role := &iam.CreateRoleInput{
		RoleName: aws.String("r"), AssumeRolePolicyDocument: aws.String(trustDocument(userARN("alice"))),
	}
	_, err := client.CreateRole(ctx, role)
	requireAWSError(t, err, 400, "MalformedPolicyDocument", "Invalid principal in policy")
	do(client.CreateRole(ctx, role))
}
