package deploy

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/aws-cli-mfa/aws-cli-mfa/stack"
)

// EnvironmentKeys lists the configuration keys that the Pulumi CLI gave to
// this process, each with its namespace. A Pulumi program can ask for a key
// but not for the list of them, and without the list a misspelt key would
// pass unseen. It is nil in a program that no language host started.
func EnvironmentKeys() []string {
	var config map[string]string
	if json.Unmarshal([]byte(os.Getenv(pulumi.EnvConfig)), &config) != nil {
		return nil
	}
	return slices.Collect(maps.Keys(config))
}

// values are this project's configuration values by key without namespace:
// the known keys that are set, and those of listed that are not known.
func values(ctx *pulumi.Context, listed []string) map[string]string {
	found := map[string]string{}
	for _, key := range stack.Keys() {
		if value, ok := ctx.GetConfig(ctx.Project() + ":" + key); ok {
			found[key] = value
		}
	}
	for _, key := range listed {
		if name, ours := strings.CutPrefix(withoutConfig(key), ctx.Project()+":"); ours {
			if _, ok := found[name]; !ok {
				found[name] = ""
			}
		}
	}
	return found
}

// defaultTags finds what IAM refuses of the tags that the provider adds, unless they
// are secret and must not be shown.
func defaultTags(ctx *pulumi.Context, config stack.Config) []stack.Problem {
	value, _ := ctx.GetConfig(stack.DefaultTagsKey)
	if ctx.IsConfigSecret(stack.DefaultTagsKey) {
		return nil
	}
	return config.CheckDefaultTags(value)
}

// withoutConfig is a key in the short of its two forms: aws:config:region is
// aws:region.
func withoutConfig(key string) string { return strings.Replace(key, ":config:", ":", 1) }
