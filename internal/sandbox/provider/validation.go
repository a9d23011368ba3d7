package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// The patterns and lengths are those of https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html,
// API_CreatePolicy.html and API_AttachRolePolicy.html.
const (
	maxRoleName    = 64
	maxPolicyName  = 128
	maxGroupName   = 128
	maxDescription = 1000
	maxPath        = 512
	minSession     = 3600
	maxSession     = 43200
)

const namePattern = `^[\w+=,.@-]+$`

// refusal says why a known value of the right type is not allowed, or "" if it is.
type refusal = func(resource.PropertyValue) string

// matching compiles the pattern once, when the schema is built.
func matching(pattern string, maxLength int) refusal {
	expression := regexp.MustCompile(pattern)
	return func(v resource.PropertyValue) string {
		s := v.StringValue()
		switch n := utf8.RuneCountInString(s); {
		case n < 1 || n > maxLength:
			return fmt.Sprintf("expected 1 to %d characters, got %d", maxLength, n)
		case !expression.MatchString(s):
			return fmt.Sprintf("%q does not match %s", s, pattern)
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
	n := v.NumberValue()
	if n != float64(int32(n)) || n < minSession || n > maxSession {
		return fmt.Sprintf("expected whole seconds from %d to %d, got %v", minSession, maxSession, n)
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
