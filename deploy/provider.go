package deploy

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// providerName is that of the provider of all that is deployed. Under another
// name the provider would be a new one, and take up the region of that day.
const providerName = "iam"

const (
	regionSetting = "region"
	regionKey     = "aws:" + regionSetting
)

// newProvider registers the provider of all that is deployed: with the settings
// of the default one, but in the region of the first deployment for good. The
// aws provider takes another region for a move and replaces all it has, and IAM,
// which has no regions, refuses the second role of a name. The region is not
// that of the partition's IAM, because what was deployed with the default
// provider would move there. Lookups stay with the default provider,
// whose region is aws:region as it is now.
func newProvider(ctx *pulumi.Context, listed []string, region string) (*aws.Provider, error) {
	settings := awsSettings(ctx, listed)
	settings[regionSetting] = pulumi.String(region)
	asTheyAre := func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		return &pulumi.ResourceTransformationResult{Props: settings, Opts: args.Opts}
	}
	provider, err := aws.NewProvider(ctx, providerName, nil, pulumi.IgnoreChanges([]string{regionSetting}),
		pulumi.Transformations([]pulumi.ResourceTransformation{asTheyAre}))
	if err != nil {
		return nil, fmt.Errorf("registering the aws provider: %w", err)
	}
	return provider, nil
}

// awsSettings are the aws: keys that are set, as the engine gives them to the
// default provider: structured values as JSON text, secrets as secrets.
func awsSettings(ctx *pulumi.Context, listed []string) pulumi.Map {
	settings := pulumi.Map{}
	for _, key := range listed {
		key = withoutConfig(key)
		name, ours := strings.CutPrefix(key, "aws:")
		value, set := ctx.GetConfig(key)
		switch {
		case !ours || !set:
		case ctx.IsConfigSecret(key):
			settings[name] = pulumi.ToSecret(pulumi.String(value))
		default:
			settings[name] = pulumi.String(value)
		}
	}
	return settings
}
