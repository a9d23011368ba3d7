package pulumitest_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// accessToken is the type of the component that these tests register.
const accessToken = "aws-cli-mfa:iam:Access"

// document is a policy whose text needs nothing of HTML escaping and has an array and an object.
const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}`

// access is a component with the three kinds of edge: data (attachment to policy), explicit (policy to role) and none.
type access struct {
	pulumi.ResourceState

	RoleARN pulumi.StringOutput `pulumi:"roleArn"`

	role *iam.Role
}

// newAccess registers a role, a policy which waits for it, and the policy's attachment to group developers.
func newAccess(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*access, error) {
	component := &access{}
	if err := ctx.RegisterComponentResource(accessToken, name, component, opts...); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(component)
	role, err := iam.NewRole(ctx, name, &iam.RoleArgs{
		Name:             pulumi.String("cli-dev-" + name),
		Path:             pulumi.String("/cli/"),
		AssumeRolePolicy: pulumi.String(document),
		Tags:             pulumi.StringMap{"Owner": pulumi.String("platform")},
	}, parent)
	if err != nil {
		return nil, err
	}
	policy, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Name:   pulumi.String("mfa-" + name),
		Policy: pulumi.String(document),
	}, parent, pulumi.DependsOn([]pulumi.Resource{role}))
	if err != nil {
		return nil, err
	}
	if _, err := iam.NewGroupPolicyAttachment(ctx, name, &iam.GroupPolicyAttachmentArgs{
		Group:     pulumi.String("developers"),
		PolicyArn: policy.Arn,
	}, parent); err != nil {
		return nil, err
	}
	component.role = role
	component.RoleARN = role.Arn
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"roleArn": role.Arn})
}

// bare registers a component without children and without outputs.
func bare(ctx *pulumi.Context, token, name string, opts ...pulumi.ResourceOption) (*access, error) {
	component := &access{}
	return component, ctx.RegisterComponentResource(token, name, component, opts...)
}

// newRole registers a role that is valid, and otherwise like any other.
func newRole(ctx *pulumi.Context, name string, opts ...pulumi.ResourceOption) (*iam.Role, error) {
	return iam.NewRole(ctx, name, &iam.RoleArgs{AssumeRolePolicy: pulumi.String(document)}, opts...)
}

// twoAccesses is a program with two instances of the component.
func twoAccesses(ctx *pulumi.Context) error {
	for _, name := range []string{"alpha", "beta"} {
		if _, err := newAccess(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
