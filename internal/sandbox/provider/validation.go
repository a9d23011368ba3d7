package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	iampolicy "github.com/aws-cli-mfa/aws-cli-mfa/policy"
)

const maxDescription = 1000

// refusal says why a known value of the right type is not allowed, or "" if it is.
type refusal = func(resource.PropertyValue) string

// refusing is a rule of IAM's as a refusal.
func refusing(check func(string) error) refusal {
	return func(v resource.PropertyValue) string {
		if err := check(v.StringValue()); err != nil {
			return err.Error()
		}
		return ""
	}
}

// refuseRoleDescription is all that the real provider's schema asks of a role's description: the length in bytes, and
// two of the quotation marks. IAM's own rule is narrower, and met when the role is created.
func refuseRoleDescription(v resource.PropertyValue) string {
	switch s := v.StringValue(); {
	case len(s) > maxDescription:
		return fmt.Sprintf("expected length to be in the range (0 - %d), got %d bytes", maxDescription, len(s))
	case strings.ContainsAny(s, "“‘"):
		return "cannot contain specially formatted single or double quotes: [“‘]"
	}
	return ""
}

func refuseSession(v resource.PropertyValue) string {
	if err := iampolicy.CheckSessionDuration(time.Duration(v.NumberValue() * float64(time.Second))); err != nil {
		return err.Error()
	}
	return ""
}

func refuseARN(v resource.PropertyValue) string {
	s := v.StringValue()
	parsed, err := arn.Parse(s)
	if err != nil || !strings.HasPrefix(parsed.Partition, "aws") || parsed.Service == "" || parsed.Resource == "" {
		return fmt.Sprintf("%q is not an ARN", s)
	}
	return ""
}

func refuseDocument(v resource.PropertyValue) string {
	var object map[string]any
	if err := json.Unmarshal([]byte(v.StringValue()), &object); err != nil {
		return fmt.Sprintf("contains an invalid JSON policy: %v", err)
	}
	if object == nil {
		return "contains an invalid JSON policy: not a JSON object"
	}
	return ""
}

// refuseTags looks at the types only, as the real provider does; the rest IAM refuses.
func refuseTags(v resource.PropertyValue) string {
	tags := v.ObjectValue()
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		if value := tags[key]; !value.IsString() && !value.IsComputed() {
			return fmt.Sprintf("the value of tag %q must be a string, got %s", key, value.TypeString())
		}
	}
	return ""
}
