package stack

import (
	"errors"
	"fmt"
	"maps"

	"github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

// DefaultTagsKey is the configuration key of the tags that the aws provider adds to
// those of every role and policy.
const DefaultTagsKey = "aws:defaultTags"

// CheckDefaultTags finds what IAM refuses of a value of [DefaultTagsKey], as Pulumi
// hands it over, together with the stack's own tags: the provider does not check it,
// and IAM would refuse it in the middle of a deploy.
func (c Config) CheckDefaultTags(value string) []Problem {
	setting, _ := decode(value).(map[string]any)
	given, ok := setting["tags"].(map[string]any)
	if !ok {
		return nil // the provider says what is wrong with it
	}
	all := map[string]string{}
	for key, text := range given {
		all[key] = show(text)
	}
	maps.Copy(all, c.Tags) // which win
	var problems []Problem
	for _, fault := range leaves(policy.CheckTags(all)) {
		problem := Problem{
			Key: DefaultTagsKey, Rule: fault.Error(), Remedy: "change or remove it: IAM refuses it on roles and policies",
		}
		if errors.Is(fault, policy.ErrTooManyTags) {
			problem.Remedy = fmt.Sprintf("remove some: this stack has %d of its own", len(c.Tags))
		}
		problems = append(problems, problem)
	}
	return problems
}
