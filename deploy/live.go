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

// trustOf asks for the trust policy that a role has now.
func trustOf(ctx *pulumi.Context) func(name string) (policy.Document, error) {
	return func(name string) (policy.Document, error) {
		role, err := awsiam.LookupRole(ctx, &awsiam.LookupRoleArgs{Name: name})
		if err != nil {
			return policy.Document{}, lookupError(err)
		}
		return policy.Parse(role.AssumeRolePolicy)
	}
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

// attachments reads what this stack attached to groups and roles from its own
// state: the aws provider lists no group's attachments. The engine gives the state
// from before its refresh, which for attachments will do: they are made and
// deleted, never changed.
func attachments(ctx *pulumi.Context) func() (stack.Attachments, error) {
	return func() (stack.Attachments, error) {
		name := ctx.Organization() + "/" + ctx.Project() + "/" + ctx.Stack()
		// The engine panics when it is asked for the resources of a stack without
		// any, and a stack with outputs has some.
		outputs, err := readState(ctx, readStackOutputs, pulumi.Map{"name": pulumi.String(name)})
		if err != nil {
			return stack.Attachments{}, err
		}
		if len(outputs) == 0 {
			return stack.Attachments{}, absent{errors.New("the stack has no outputs yet")}
		}
		resources, err := readState(ctx, readStackResourceOutputs, pulumi.Map{"stackName": pulumi.String(name)})
		return attachmentsIn(resources), err
	}
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

func attachmentsIn(resources map[string]any) stack.Attachments {
	var found stack.Attachments
	for _, one := range resources {
		resource, _ := one.(map[string]any)
		outputs, _ := resource["outputs"].(map[string]any)
		switch resource["type"] {
		case "aws:iam/groupPolicyAttachment:GroupPolicyAttachment":
			found.Groups = appendText(found.Groups, outputs["group"])
		case "aws:iam/rolePolicyAttachment:RolePolicyAttachment":
			found.RoleNames = appendText(found.RoleNames, outputs["role"])
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
