package deploy

import (
	"errors"
	"fmt"
	"strings"

	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// role asks for a role as it is.
func (a account) role(name string) (stack.Existing, error) {
	role, err := awsiam.LookupRole(a.ctx, &awsiam.LookupRoleArgs{Name: name})
	if err != nil {
		return stack.Existing{}, lookupError(err)
	}
	document, err := policy.Parse(role.AssumeRolePolicy)
	return stack.Existing{Document: document, Path: role.Path, Owner: role.Tags[stack.OwnerTag]}, err
}

// roleNames lists the roles whose names match.
func (a account) roleNames(nameRegex string) ([]string, error) {
	roles, err := awsiam.GetRoles(a.ctx, &awsiam.GetRolesArgs{NameRegex: &nameRegex})
	if err != nil {
		return nil, err
	}
	return roles.Names, nil
}

// policy asks for a managed policy as it is.
func (a account) policy(arn string) (stack.Existing, error) {
	found, err := awsiam.LookupPolicy(a.ctx, &awsiam.LookupPolicyArgs{Arn: &arn})
	if err != nil {
		return stack.Existing{}, lookupError(err)
	}
	document, err := policy.Parse(found.Policy)
	return stack.Existing{Document: document, Path: found.Path, Owner: found.Tags[stack.OwnerTag]}, err
}

// absent is the error of a lookup of what is not there.
type absent struct{ error }

func (absent) Is(target error) bool { return target == stack.ErrNotThere }

func (a absent) Unwrap() error { return a.error }

// lookupError tells what is not there from what could not be asked. A provider's
// function has nothing but a text to say it with: IAM's code, or the words of the
// provider, which has dropped the code for roles and policies.
func lookupError(err error) error {
	for _, words := range []string{"NoSuchEntity", "couldn't find resource"} {
		if strings.Contains(err.Error(), words) {
			return absent{err}
		}
	}
	return err
}

// The functions of the engine that read the state of a stack.
const (
	readStackOutputs         = "pulumi:pulumi:readStackOutputs"
	readStackResourceOutputs = "pulumi:pulumi:readStackResourceOutputs"
)

// state reads what this stack has from its own state: the aws provider lists no
// group's attachments. The engine gives the state from before its refresh, which
// will do for what is made and deleted, and never changed.
func (a account) state() (stack.State, error) {
	name := a.ctx.Organization() + "/" + a.ctx.Project() + "/" + a.ctx.Stack()
	// The engine panics when it is asked for the resources of a stack without
	// any, and a stack with outputs has some.
	outputs, err := readState(a.ctx, readStackOutputs, pulumi.Map{"name": pulumi.String(name)})
	if err != nil {
		return stack.State{}, err
	}
	if len(outputs) == 0 {
		return stack.State{}, absent{errors.New("the stack has no outputs yet")}
	}
	resources, err := readState(a.ctx, readStackResourceOutputs, pulumi.Map{"stackName": pulumi.String(name)})
	return stateOf(resources), err
}

func readState(ctx *pulumi.Context, function string, args pulumi.Map) (map[string]any, error) {
	var result struct {
		Outputs map[string]any `pulumi:"outputs"`
	}
	// The state may hold secrets, which Invoke refuses.
	if _, err := ctx.InvokePackageRaw(function, args, &result, ""); err != nil {
		return nil, fmt.Errorf("%s: %w", function, err)
	}
	return result.Outputs, nil
}

func stateOf(resources map[string]any) stack.State {
	var found stack.State
	for _, one := range resources {
		resource, _ := one.(map[string]any)
		outputs, _ := resource["outputs"].(map[string]any)
		switch resource["type"] {
		case "aws:iam/role:Role":
			found.Roles = appendText(found.Roles, outputs["name"])
		case "aws:iam/policy:Policy":
			found.Policies = appendText(found.Policies, outputs["name"])
		case "aws:iam/groupPolicyAttachment:GroupPolicyAttachment":
			found.AttachedGroups = appendText(found.AttachedGroups, outputs["group"])
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			found.AttachedRoles = appendText(found.AttachedRoles, outputs["role"])
		}
	}
	return found
}

func appendText(list []string, value any) []string {
	if text, ok := value.(string); ok {
		return append(list, text)
	}
	return list
}
