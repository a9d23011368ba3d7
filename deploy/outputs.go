package deploy

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/iam"
	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

func export(ctx *pulumi.Context, config stack.Config, region string, access *iam.CLIAccess, plan stack.Plan) {
	profiles, leaving, rolePolicyARNs := pulumi.Array{}, pulumi.Array{}, pulumi.StringArrayMap{}
	for _, role := range plan.Roles {
		rolePolicyARNs[role.Key] = pulumi.ToStringArray(role.PolicyARNs)
		profiles = append(profiles, pulumi.Map{
			"name":            pulumi.String(config.ProfileName(role)),
			"roleArn":         access.Role(role.Key).ARN,
			"durationSeconds": pulumi.Int(int(role.MaxSessionDuration.Seconds())),
			"trustedUsers":    pulumi.ToStringArray(stack.TrustedUsers(role)),
		})
	}
	for _, l := range plan.Leaving() {
		leaving = append(leaving, pulumi.Map{"role": pulumi.String(l.Role), "users": pulumi.ToStringArray(l.Users)})
	}
	ctx.Export("roleArns", access.RoleARNs)
	ctx.Export("mfaPolicyArns", access.MFAPolicyARNs)
	ctx.Export("grants", access.Grants)
	ctx.Export("exemptActions", pulumi.ToStringArray(plan.ExemptActions))
	ctx.Export("rolePolicyArns", rolePolicyARNs)
	ctx.Export("settings", pulumi.Map{
		"enforce":               pulumi.Bool(!config.WithoutDeny),
		"enrolment":             pulumi.String(config.Enrolment),
		"mfaDeviceName":         pulumi.String(config.DeviceName),
		"withoutRole":           pulumi.ToStringArray(config.WithoutRole),
		"selfServiceAccessKeys": pulumi.Bool(config.SelfServiceAccessKeys),
	})
	ctx.Export("exemptActionsAtMyRisk", pulumi.ToStringArray(plan.ExemptActionsAtMyRisk))
	ctx.Export("leaving", leaving)
	ctx.Export("clientConfig", pulumi.Map{
		"version":   pulumi.Int(stack.ClientConfigVersion),
		"project":   pulumi.String(config.Project),
		"stack":     pulumi.String(config.Stack),
		"partition": pulumi.String(plan.Account.Partition),
		"accountId": pulumi.String(plan.Account.ID),
		"region":    pulumi.String(region),
		"profiles":  profiles,
	})
}
