package iam_test

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// Another Pulumi program puts MFA before its own group of users: a role that
// they assume, and a policy on their group that denies the rest without MFA.
func Example() {
	account := policy.Account{Partition: "aws", ID: "111122223333"}
	program := func(ctx *pulumi.Context) error {
		access, err := iam.NewCLIAccess(ctx, "platform", &iam.CLIAccessArgs{AccessArgs: iam.AccessArgs{
			Account:    account,
			NamePrefix: "platform-",
			Roles: map[string]iam.RoleArgs{
				"power-user": {
					Groups:          []string{"developers"},
					TrustedUserARNs: []string{account.UserARN("/", "alice"), account.UserARN("/team/", "bob")},
					ManagedPolicies: []string{"PowerUserAccess"},
				},
			},
		}})
		if err != nil {
			return err
		}
		ctx.Export("roleArns", access.RoleARNs)
		access.RoleARNs.ApplyT(func(arns map[string]string) string {
			fmt.Println("role:", arns["power-user"])
			return arns["power-user"]
		})
		return nil
	}

	// A real program calls pulumi.Run(program).
	if err := pulumi.RunErr(program, pulumi.WithMocks("platform", "dev", mockAWS{})); err != nil {
		fmt.Println(err)
	}
	// Output: role: arn:aws:iam::111122223333:role/platform-power-user
}

// mockAWS stands in for the account.
type mockAWS struct{}

func (mockAWS) NewResource(args pulumi.MockResourceArgs) (string, resource.PropertyMap, error) {
	state := args.Inputs.Copy()
	if args.TypeToken == "aws:iam/role:Role" {
		name := args.Inputs["name"].StringValue()
		state["arn"] = resource.NewProperty("arn:aws:iam::111122223333:role/" + name)
	}
	return args.Name, state, nil
}

func (mockAWS) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	return nil, fmt.Errorf("the program calls %s", args.Token)
}
